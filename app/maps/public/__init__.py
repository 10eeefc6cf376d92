"""The public feed: what a city may show to everybody of its gunfire, delayed and coarse."""
