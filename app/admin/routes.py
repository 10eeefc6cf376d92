"""Every route of administrators, for `create_app`."""

from app.admin import audit, keys, mappings, rejects, rules

ROUTERS = (keys.router, audit.router, rejects.router, mappings.router, rules.router)
