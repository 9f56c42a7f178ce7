"""What lets people cite, reuse and follow the guide: pure functions of the `Guide`, with equal bytes for equal evidence."""
