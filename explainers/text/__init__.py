"""Formatting of numbers, arms and outcomes for readers, escaping of foreign text, and CSV."""
