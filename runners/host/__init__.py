"""What this computer is, what the user set, and the processes that run on it."""
