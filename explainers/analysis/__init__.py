"""Analyses beyond verdicts, for pages and charts: twins, skills, comparisons of machines, provenance, published
tables."""
