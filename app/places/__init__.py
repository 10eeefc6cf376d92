"""Zones and cameras: how they come in, and what lies where."""
