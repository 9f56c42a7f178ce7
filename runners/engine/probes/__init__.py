"""Reading from inside a model, and changing it there: router hook, traces, expert override."""
