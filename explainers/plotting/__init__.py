"""What charts share: marks, colours, sizes, interval bars, and rendering to SVG and PNG."""
