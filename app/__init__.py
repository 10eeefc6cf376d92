"""Earshot: software that hears gunfire nobody reported."""
