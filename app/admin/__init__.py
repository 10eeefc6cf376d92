"""What administrators do over HTTP: keys, the audit trail, rejects, trying rules."""
