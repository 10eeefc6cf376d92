"""Numbers over many incidents."""
