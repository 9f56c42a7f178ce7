"""Questions made from a seed, with answers that a program can check. Standard library only."""
