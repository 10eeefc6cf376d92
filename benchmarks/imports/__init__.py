"""How many rows a second a file brings in."""
