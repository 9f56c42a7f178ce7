"""What leaves the guide for other programs and other people, and what comes back: pure functions of the `Guide`."""
