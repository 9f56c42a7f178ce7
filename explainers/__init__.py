"""Stored replies turned into tables, verdicts, charts and pages, and the command line. Only `cli` starts engines, runs
and trainings."""
