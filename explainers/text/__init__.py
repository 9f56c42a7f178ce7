"""How numbers, arms and outcomes are written for a reader, and how foreign text is made inert."""
