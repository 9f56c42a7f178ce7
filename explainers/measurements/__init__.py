"""Stored replies and logs as rows: scored, completed and one source a model."""
