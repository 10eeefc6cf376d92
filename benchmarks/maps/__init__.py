"""How many pages of features a second one process answers."""
