"""The loops over pairs, compiled: whatever is summed up pair by pair, for one event and for a year alike."""
