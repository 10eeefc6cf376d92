"""The pure core: arrays of alerts and calls in, incidents and verdicts out.

No clock, no database, no settings. The same values give the same bits, whatever order they arrived in.
"""
