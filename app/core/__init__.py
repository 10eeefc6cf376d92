"""Settings, errors, logs, metrics and the clock: what every other package may use."""
