"""Stored replies and training logs as rows: scored, restricted to complete strata, and one source per model."""
