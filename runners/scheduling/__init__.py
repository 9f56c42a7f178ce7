"""What is wanted, what is done, and carrying out the rest here or on a cluster."""
