"""Frozen values and their vocabulary, time and geodesy. Pure: no clock, no database, no settings."""
