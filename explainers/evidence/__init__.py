"""What live experiments read, made by a build: each module has `files(guide, ...)` -> name under docs/live/ -> bytes."""
