"""Whether the verdicts are right, and what they cost, on simulated cities whose truth is known."""
