"""The read routes: incidents, alerts, calls, sources, places; how the service is doing; the reference."""
