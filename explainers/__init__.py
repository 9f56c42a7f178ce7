"""Upstairs: turn kept replies into tables, verdicts, charts and pages. Nothing here ever touches a model."""
