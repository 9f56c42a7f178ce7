"""What live pages bring along: files under `docs/live/`, made when the guide is built."""
