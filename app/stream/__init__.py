"""GET /v1/stream: the event log as server-sent events, live and from any event on."""
