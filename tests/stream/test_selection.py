"""Which events a stream tells: the list's filters, applied to what the log says. No database."""

from typing import Any

import pytest

from app.domain.parameters import read_parameters
from app.events import EventType
from app.events.log import LoggedEvent
from app.incidents.filters import INCIDENT_PARAMETERS, incident_filters
from app.stream.selection import Selection
from tests.conftest import NOW
from tests.stream.events import document


def selection(*types: str, zones: tuple[str, ...] = (), historical: bool = True, **asked: str) -> Selection:
    values = read_parameters(INCIDENT_PARAMETERS, [(name.rstrip("_"), text) for name, text in asked.items()])
    return Selection(
        filters=incident_filters(values),
        zones=frozenset(zones),
        types=frozenset(types),
        with_historical=historical,
    )


def logged(
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
    *,
    historical: bool = False,
    about: int | None = 1,
) -> LoggedEvent:
    return LoggedEvent(
        id=1,
        type=EventType.UPDATED.value,
        at=NOW,
        historical=historical,
        incident_id=about,
        document=document(1, **after),
        before=None if before is None else document(1, **before),
    )


@pytest.mark.parametrize(
    ("asked", "fitting", "other"),
    [
        ({"verdict": "reported,pending"}, {}, {"verdict": "unreported"}),
        ({"classification": "multiple_gunshots"}, {}, {"classification": "single_gunshot"}),
        ({"min_rounds": "3"}, {"rounds": 3}, {"rounds": 2}),
        ({"min_rounds": "0"}, {"rounds": 0}, {"rounds": None}),
        ({"max_rounds": "3"}, {"rounds": 3}, {"rounds": 4}),
        ({"max_rounds": "3"}, {"rounds": 0}, {"rounds": None}),
        ({"needs_review": "true"}, {"needs_review": True}, {"needs_review": False}),
        ({"disposition": "none"}, {"disposition": None}, {"disposition": "unfounded"}),
        ({"disposition": "confirmed"}, {"disposition": "confirmed"}, {"disposition": None}),
        ({"from_": "2026-07-04T11:59:00Z"}, {}, {"started_at": "2026-07-04T11:58:59.999Z"}),
        ({"to": "2026-07-04T12:00:00Z"}, {}, {"started_at": "2026-07-04T12:00:00.000Z"}),
        ({"bbox": "-88,43,-87.94,43.01"}, {}, {"longitude": -87.9399}),
        ({"bbox": "-88,43,-87,44"}, {}, {"longitude": None, "latitude": None}),
        (
            {"bbox": "170,-20,-170,0"},
            {"longitude": -175.0, "latitude": -10.0},
            {"longitude": 0.0, "latitude": -10.0},
        ),
        (
            {"bbox": "170,-20,-170,0"},
            {"longitude": 180.0, "latitude": 0.0},
            {"longitude": 175.0, "latitude": 0.1},
        ),
        (
            {"bbox": "-180,89,180,90"},
            {"longitude": 12.0, "latitude": 90.0},
            {"longitude": 12.0, "latitude": 88.9},
        ),
        ({"near": "-87.94,43.01,100"}, {"longitude": -87.941}, {"longitude": -87.942}),
        ({"near": "-87.94,43.01,100"}, {}, {"longitude": None, "latitude": None}),
        ({"q": "40th"}, {}, {"address": "41ST"}),
        ({"q": "A-1"}, {"address": None}, {"alerts": []}),
        ({"q": "2026-0"}, {}, {"number": "2025-000001", "address": None}),
    ],
)
def test_each_filter(asked: dict[str, str], fitting: dict[str, Any], other: dict[str, Any]) -> None:
    chosen = selection(**asked)
    assert chosen.tells(logged(fitting)) is True
    assert chosen.tells(logged(other)) is None
    assert chosen.tells(logged(other, fitting)) is False, "it left the filter"
    assert chosen.tells(logged(fitting, other)) is True, "it came into it"
    assert chosen.matches({}) is (asked == {"disposition": "none"}), "an event of an older version tells less"


def test_zones_go_by_name() -> None:
    chosen = selection(zone="2", zones=("District 2",))
    assert chosen.tells(logged({})) is True
    assert chosen.tells(logged({"zones": ["2"]})) is None
    assert chosen.tells(logged({"zones": []}, {})) is False


def test_without_filters_every_event_is_told_but_those_about_no_incident() -> None:
    assert selection().tells(logged({})) is True
    assert selection().tells(logged({}, about=None)) is None


def test_kinds_and_history() -> None:
    assert selection("incident.opened").tells(logged({})) is None
    assert selection("incident.opened", "incident.updated").tells(logged({})) is True
    assert selection(historical=False).tells(logged({}, historical=True)) is None
    assert selection(historical=False).tells(logged({})) is True


def test_equal_questions_share_their_work() -> None:
    asked = {"bbox": "-88,43,-87,44", "near": "-87.94,43.01,100", "verdict": "reported"}
    assert len({selection(**asked), selection(**asked), selection()}) == 2
