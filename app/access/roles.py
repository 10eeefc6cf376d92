"""What each role may do. A key may carry fewer scopes than its role allows, never more."""

from app.domain.vocabulary import Role

WRITE_ALERTS = "alerts:write"
WRITE_CALLS = "calls:write"
READ_INCIDENTS = "incidents:read"
READ_PLACES = "places:read"
READ_ALERTS = "alerts:read"
READ_CALLS = "calls:read"
READ_CALLERS = "calls:pii"
READ_SOURCES = "sources:read"
WRITE_PLACES = "places:write"
REVIEW = "incidents:review"
ADMINISTER = "admin"

_VIEWER = frozenset({READ_INCIDENTS})
_ANALYST = _VIEWER | {READ_PLACES, READ_ALERTS, READ_CALLS, READ_SOURCES, WRITE_PLACES, REVIEW}

_DEFAULTS: dict[Role, frozenset[str]] = {
    Role.VENDOR: frozenset({WRITE_ALERTS}),
    Role.CAD: frozenset({WRITE_CALLS}),
    Role.VIEWER: _VIEWER,
    Role.ANALYST: _ANALYST,
    Role.ADMIN: _ANALYST | {ADMINISTER},
}


def default_scopes(role: Role) -> frozenset[str]:
    """What a key of this role gets when nothing else is asked: all but people's names and words."""
    return _DEFAULTS[role]


def allowed_scopes(role: Role) -> frozenset[str]:
    """What a key of this role can be given at most."""
    if role in (Role.ANALYST, Role.ADMIN):
        return _DEFAULTS[role] | {READ_CALLERS}
    return _DEFAULTS[role]
