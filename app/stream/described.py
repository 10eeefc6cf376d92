"""What the route tells of itself in the OpenAPI document."""

from typing import Any

from app.core.described import REFUSALS
from app.core.http import PROBLEM_TYPE
from app.events import EventType
from app.stream.blocks import RESET

_TIME = {"type": "string", "format": "date-time"}
_REFUSED = {"content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_EVENT = {
    "title": "StreamEvent",
    "description": (
        "The `data` of an event. `matches`: whether the incident is what the filters ask for; it was one,"
        f" where that is false. `merged_id`, of `{EventType.MERGED.value}` alone: what is no more."
        f" An event `{RESET}` has `type`, `at` and `reason` instead: fetch the incidents anew."
    ),
    "type": "object",
    "required": ["type", "at", "historical", "matches", "incident"],
    "properties": {
        "type": {"type": "string", "enum": [type_.value for type_ in EventType]},
        "at": {**_TIME, "description": "When it was found out."},
        "historical": {"type": "boolean", "description": "The incident was over 6 hours before."},
        "matches": {"type": "boolean"},
        "incident": {"$ref": "#/components/schemas/IncidentSummary"},
        "merged_id": {"type": "string"},
    },
}
LAST_EVENT_ID: dict[str, Any] = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "As `last_event_id`, which it goes before; browsers send it when they come back.",
    "schema": {"type": "string"},
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events as they happen, each with `event`, `id` and, as JSON, `data`.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    },
    **{status: {**_REFUSED, "description": REFUSALS[status]} for status in (400, 401, 403)},
    503: {**_REFUSED, "description": "Too many streams are open here."},
}
