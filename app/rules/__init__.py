"""The versioned parameters and backgrounds: which rules are in force, and how a version comes to be."""
