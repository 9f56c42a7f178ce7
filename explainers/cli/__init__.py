"""The command `incompressible`: thin verbs over everything else. Data goes to stdout, progress to stderr."""
