"""Probes into a model: reading and overriding its router, tracing texts, trying other experts."""
