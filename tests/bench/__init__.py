"""How fast it is: each module measures one thing and prints, or keeps, its rows."""
