"""Plans of what is wanted and not yet done, and carrying them out here or on a cluster."""
