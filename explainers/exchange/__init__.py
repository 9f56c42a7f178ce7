"""Submissions of runs: packed, redacted, checked, and merged into a checkout."""
