"""Charts kept as they were shown at one data version, so that a citation can lead to exactly what its reader saw."""
