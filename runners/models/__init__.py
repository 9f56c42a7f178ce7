"""Models by name: where their weights are found or fetched, and what their header says."""
