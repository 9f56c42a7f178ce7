"""The calculator: what a model takes in memory, and how fast its bytes can be read."""
