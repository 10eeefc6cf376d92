"""Every read route, for `create_app`."""

from app.records import alerts, calls, incidents, operations, places, reference, rules, sources

ROUTERS = (
    incidents.router,
    alerts.router,
    calls.router,
    sources.router,
    places.router,
    rules.router,
    operations.router,
    reference.router,
)
