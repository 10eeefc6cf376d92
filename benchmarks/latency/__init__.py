"""How soon clients of the live stream hear of an alert."""
