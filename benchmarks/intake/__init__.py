"""How many alerts a second one process takes in."""
