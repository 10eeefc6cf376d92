"""Feeds: their mapping, their secrets, what they have covered, and what of them could not be used."""
