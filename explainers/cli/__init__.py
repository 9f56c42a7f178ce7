"""The command `incompressible`: a module for each group of verbs. Data goes to stdout, progress to stderr."""
