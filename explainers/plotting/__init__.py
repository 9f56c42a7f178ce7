"""What charts share: marks, the only colours, interval bars, and pictures as SVG and PNG."""
