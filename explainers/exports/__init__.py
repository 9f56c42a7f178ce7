"""Forms in which the guide is published for other programs: tables, citations, a feed, metadata and Markdown."""
