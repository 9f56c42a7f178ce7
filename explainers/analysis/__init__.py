"""Numbers for pages and charts beyond verdicts: twins, skills, comparisons of machines, provenance."""
