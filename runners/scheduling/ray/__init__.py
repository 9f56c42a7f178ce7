"""Carrying out a plan on the nodes of a Ray cluster."""
