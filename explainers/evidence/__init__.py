"""What live experiments read, made by a build. A module here has `files`: name under docs/live/ -> bytes."""
