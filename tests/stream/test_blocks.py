"""Events as they go over the wire. No database, no server."""

import orjson

from app.events import EventType
from app.events.log import LoggedEvent
from app.incidents.documents import INCIDENT_FIELDS
from app.stream.blocks import farewell, first_block, heartbeat, page_of, reset_block
from tests.conftest import NOW
from tests.stream.events import document
from tests.stream.test_selection import selection


def logged(id_: int, type_: EventType, **fields: object) -> LoggedEvent:
    return LoggedEvent(
        id=id_,
        type=type_.value,
        at=NOW,
        historical=False,
        incident_id=9,
        document=document(1, **fields),
        before=None,
    )


def data_of(body: bytes) -> dict[str, object]:
    kind, number, data, *rest = body.decode().split("\n")
    assert rest == ["", ""]
    assert (kind[:7], number[:4], data[:6]) == ("event: ", "id: 17"[:4], "data: ")
    told: dict[str, object] = orjson.loads(data[6:])
    assert told["type"] == kind[7:]
    return told


def test_an_event_is_three_lines_whatever_is_in_it() -> None:
    odd = "two\nlines\r\nand\u2028more \x00 :"
    page = page_of([logged(17, EventType.UPDATED, address=odd)], 3, 5)
    (block,) = page.blocks(selection())
    told = data_of(block.body)
    assert block.id == 17
    incident = told["incident"]
    assert isinstance(incident, dict)
    assert incident["address"] == odd
    assert tuple(incident) == INCIDENT_FIELDS


def test_a_merge_tells_which_incident_is_no_more() -> None:
    merged = page_of([logged(17, EventType.MERGED, merged_id="9")], 3, 5).blocks(selection())[0]
    other = page_of([logged(17, EventType.UPDATED, merged_id="9")], 3, 5).blocks(selection())[0]
    assert data_of(merged.body)["merged_id"] == "9"
    assert "merged_id" not in data_of(other.body)


def test_a_page_knows_how_far_it_reaches() -> None:
    events = [logged(17, EventType.UPDATED), logged(19, EventType.UPDATED)]
    assert (page_of(events, 3, 2).through, page_of(events, 3, 2).is_last) == (19, False)
    assert (page_of(events, 3, 3).through, page_of(events, 3, 3).is_last) == (19, True)
    assert (page_of([], 3, 3).through, page_of([], 3, 3).is_last) == (3, True)


def test_an_event_is_written_out_once_for_all_who_are_told_the_same() -> None:
    page = page_of([logged(17, EventType.UPDATED)], 3, 5)
    assert page.blocks(selection())[0] is page.blocks(selection(verdict="pending"))[0]


def test_what_is_no_event() -> None:
    assert first_block(7, 2_500) == b": events after 7 follow\nretry: 2500\nid: 7\n\n"
    assert heartbeat(None, 15.0) == b'event: alive\ndata: {"again_within_s":15.0}\n\n'
    assert heartbeat(8, 0.5) == b'id: 8\nevent: alive\ndata: {"again_within_s":0.5}\n\n'
    assert farewell("two\nlines") == b": two lines\n\n"
    assert data_of(reset_block(7, 99, NOW))["at"] == "2026-07-04T12:00:00.000Z"
