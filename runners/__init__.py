"""Experiments, engines, scheduling and storage: everything that asks a model, and nothing that knows who reads the
replies."""
