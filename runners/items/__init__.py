"""Questions made from a seed or read from `data/items/`, with answers that a program can check. Standard library
only."""
