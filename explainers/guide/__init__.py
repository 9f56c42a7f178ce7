"""All that pages are made of, gathered once: measurements, verdicts, drawn charts, and where the site stands."""
