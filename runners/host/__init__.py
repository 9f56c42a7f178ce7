"""This computer, the user's settings, and processes that wait for or end with each other."""
