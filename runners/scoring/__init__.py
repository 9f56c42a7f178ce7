"""Pure judgements of stored replies, shared by experiments. Standard library only: a reader's browser runs them too."""
