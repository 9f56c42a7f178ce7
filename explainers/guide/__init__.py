"""The `Guide`, which pages are made of (measurements, verdicts, drawn charts), and the address of the site."""
