"""Which weights a name means, where they are found or fetched, and what their header says."""
