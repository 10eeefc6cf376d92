"""The ordered log of what happened to incidents, appended in the transaction that made it happen."""

from app.events.store import EventType, append_events

__all__ = ["EventType", "append_events"]
