"""The incident: how it is shown, found, and told."""
