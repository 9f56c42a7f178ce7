"""Handing runs on and taking them in: submissions, and merging them into a checkout."""
