"""Finds what changed, loads its neighbourhood, calls the core, writes verdicts and events."""
