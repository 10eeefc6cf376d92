"""Every read route, for `create_app`."""

from app.records import (
    alerts,
    calls,
    dispositions,
    follow_ups,
    incident_cameras,
    incidents,
    missed_gunfire,
    operations,
    places,
    reference,
    report,
    rules,
    shots,
    sources,
    timeline,
)

ROUTERS = (
    incidents.router,
    dispositions.router,
    shots.router,
    timeline.router,
    incident_cameras.router,
    report.router,
    follow_ups.router,
    missed_gunfire.router,
    alerts.router,
    calls.router,
    sources.router,
    places.router,
    rules.router,
    operations.router,
    reference.router,
)
