"""Events as they go over the wire: blocks of the event stream format (WHATWG HTML, section 9.2). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from app.domain.time import format_millis
from app.events import EventType
from app.events.log import LoggedEvent
from app.incidents.documents import INCIDENT_FIELDS
from app.stream.selection import Selection

RESET = "reset"
ALIVE = "alive"


@dataclass(frozen=True, slots=True)
class Block:
    """One event ready to be sent, and its id."""

    id: int
    body: bytes


class Told:
    """An event, written out once for everybody: who is told differs only in whether the incident matches."""

    __slots__ = ("_blocks", "event")

    def __init__(self, event: LoggedEvent) -> None:
        self.event = event
        self._blocks: dict[bool, Block] = {}

    def block(self, matches: bool) -> Block:
        """The event for streams whose filters the incident matches, or does no longer."""
        if matches not in self._blocks:
            self._blocks[matches] = Block(self.event.id, _event_body(self.event, matches))
        return self._blocks[matches]


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the log: all events after one id, through another. `is_last`: there were no more."""

    events: Sequence[Told]
    through: int
    is_last: bool

    def blocks(self, selection: Selection) -> list[Block]:
        """What of it a stream tells."""
        told = ((event, selection.tells(event.event)) for event in self.events)
        return [event.block(matches) for event, matches in told if matches is not None]


def page_of(events: Iterable[LoggedEvent], after: int, most: int) -> Page:
    """Events that were read after an id, of which at most so many were asked for."""
    told = [Told(event) for event in events]
    return Page(told, told[-1].event.id if told else after, len(told) < most)


def first_block(position: int, retry_ms: int) -> bytes:
    """What a stream begins with: how long to wait before coming back, and from where it would go on."""
    return f": events after {position} follow\nretry: {retry_ms}\nid: {position}\n\n".encode()


def reset_block(position: int, asked: int, now: datetime) -> bytes:
    """That the place that was asked for is not in the log: what the client has is to be fetched anew."""
    reason = f"the log has no event {asked}: fetch the incidents again; events from now on follow"
    data = orjson.dumps({"type": RESET, "at": format_millis(now), "reason": reason})
    return b"event: %s\nid: %d\ndata: %s\n\n" % (RESET.encode(), position, data)


def heartbeat(position: int | None, every_s: float) -> bytes:
    """A sign of life; with a position, what was passed over since need not be looked at again.

    An event, because browsers do not show comments to whoever wants to know whether the line is dead.
    """
    place = b"" if position is None else b"id: %d\n" % position
    return b"%sevent: %s\ndata: %s\n\n" % (place, ALIVE.encode(), orjson.dumps({"again_within_s": every_s}))


def farewell(reason: str) -> bytes:
    """Why the stream ends, for whoever looks at it."""
    return f": {' '.join(reason.split())}\n\n".encode()


def _event_body(event: LoggedEvent, matches: bool) -> bytes:
    """What the list shows, and nothing more: an event may say more of its incident than viewers may see."""
    document = event.document
    incident = {name: document[name] for name in INCIDENT_FIELDS if name in document}
    data = {
        "type": event.type,
        "at": format_millis(event.at),
        "historical": event.historical,
        "matches": matches,
        "incident": incident,
    }
    if event.type == EventType.MERGED:
        data["merged_id"] = str(event.incident_id)
    return b"event: %s\nid: %d\ndata: %s\n\n" % (event.type.encode(), event.id, orjson.dumps(data))
