"""What a notebook imports: the replies of one experiment, and how charts and tables are shown."""
