"""What lets people cite, reuse and follow the guide: pure functions of the `Guide`; equal evidence, equal bytes."""
