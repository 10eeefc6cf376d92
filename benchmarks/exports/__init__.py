"""How long an export takes, and how much memory at most."""
