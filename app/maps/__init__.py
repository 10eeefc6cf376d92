"""Map clients: OGC API Features over incidents, alerts, calls, zones, cameras and coverage."""
