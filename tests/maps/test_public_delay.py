"""When the public feed tells something: a delay after it was known, by the hour, on both databases."""

from datetime import timedelta

import pytest

from app.maps.public.edition import SETTLED_H
from tests.conftest import Clock
from tests.maps.public_city import CROWDED, FIRST_ID, at, change, features, incident, serving_public
from tests.records.conftest import reopened

HOUR = timedelta(hours=1)
DELAY = timedelta(hours=24)
PLACE = CROWDED[0]
HAPPENED = at(10, 3)
# The hour that it began in, less its minutes.
BEGAN = HAPPENED.replace(minute=0, second=0, microsecond=0)
TOLD = BEGAN + HOUR + SETTLED_H * HOUR + DELAY


@pytest.fixture
def serve(settings):
    """A public feed of these incidents, at a time."""
    opened = []

    def make(rows, now, **public):
        entered = serving_public(settings, rows, now, **public)
        opened.append(entered)
        return entered.__enter__()

    yield make
    for entered in opened:
        entered.__exit__(None, None, None)


def verdicts(service):
    return [feature["properties"]["verdict"] for feature in features(service, sortby="hour")]


def test_nothing_is_told_before_the_delay_is_over(serve):
    service = serve([incident(PLACE, HAPPENED)], TOLD - timedelta(microseconds=1))
    assert verdicts(service) == []
    service.clock.advance(1e-6)
    assert verdicts(service) == ["unreported"]


@pytest.mark.parametrize("delay_h", [6, 100])
def test_the_delay_is_the_operators(serve, delay_h):
    told = TOLD - DELAY + delay_h * HOUR
    service = serve([incident(PLACE, HAPPENED)], told - timedelta(seconds=1), public_delay_h=delay_h)
    assert verdicts(service) == []
    service.clock.advance(1)
    assert verdicts(service) == ["unreported"]


def test_what_was_imported_late_waits_as_long(serve):
    known = HAPPENED + timedelta(days=5)
    late = incident(PLACE, HAPPENED, created_at=known, decided_at=known, updated_at=known)
    service = serve([late], known + DELAY - timedelta(minutes=1))
    assert verdicts(service) == []
    service.clock.advance(3600)
    assert verdicts(service) == ["unreported"]


def test_a_change_waits_as_long_and_gives_another_id(serve):
    service = serve([incident(PLACE, HAPPENED), incident(PLACE, HAPPENED - HOUR)], TOLD)
    before = features(service, sortby="-hour")
    assert verdicts(service) == ["unreported", "unreported"]
    change(service.database, FIRST_ID, service.clock(), verdict="reported", rounds=12)
    service.clock.advance(DELAY.total_seconds() - 3600)
    assert features(service, sortby="-hour") == before
    service.clock.advance(2 * 3600)
    after = features(service, sortby="-hour")
    assert [one["properties"]["verdict"] for one in after] == ["reported", "unreported"]
    assert after[0]["id"] not in {one["id"] for one in before}
    assert after[1] == before[1]


@pytest.mark.parametrize(
    "values", [{"verdict": "withdrawn"}, {"disposition": "unfounded"}, {"merged_into_id": FIRST_ID + 1}]
)
def test_what_is_taken_back_within_the_delay_was_never_told(serve, values):
    service = serve([incident(PLACE, HAPPENED), incident(PLACE, HAPPENED - HOUR)], HAPPENED + HOUR)
    change(service.database, FIRST_ID, service.clock(), **values)
    for _ in range(30):
        service.clock.advance(3600)
        hours = {feature["properties"]["hour"] for feature in features(service)}
        assert f"{BEGAN:%Y-%m-%dT%H}:00:00.000Z" not in hours
    assert len(verdicts(service)) == 1


def test_a_position_that_is_corrected_within_the_delay_was_never_told(serve):
    rows = [incident(PLACE, HAPPENED - timedelta(days=day)) for day in range(3)]
    far = (PLACE[0] + 0.01, PLACE[1])
    rows[0] |= {"longitude": far[0]}
    service = serve(rows, TOLD - HOUR)
    change(service.database, FIRST_ID, HAPPENED + HOUR, longitude=PLACE[0])
    service.clock.advance(3600)
    placed = [feature["geometry"] for feature in features(service)]
    assert None not in placed
    assert len({str(geometry) for geometry in placed}) == 1


def test_the_incidents_of_an_hour_appear_together(serve):
    early, late = BEGAN + timedelta(seconds=1), BEGAN + timedelta(minutes=59)
    quick = {"verdict": "reported", "decided_at": early, "updated_at": early}
    slow = {"decided_at": late + timedelta(minutes=50), "updated_at": late + timedelta(minutes=50)}
    rows = [incident(PLACE, early, **quick), incident(PLACE, late, **slow)]
    service = serve(rows, BEGAN + DELAY)
    seen = []
    for _ in range(12):
        seen.append(len(features(service)))
        service.clock.advance(1800)
    assert seen == [0] * 6 + [2] * 6


def test_an_edition_lasts_an_hour(serve):
    rows = [incident(PLACE, HAPPENED), incident(PLACE, HAPPENED - HOUR, updated_at=TOLD - DELAY + 1.5 * HOUR)]
    service = serve(rows, TOLD)
    tags = set()
    for _ in range(4):
        answer = service.get("/public/ogc/collections/incidents/items", None)
        tags.add((answer.headers["etag"], answer.json()["numberReturned"]))
        service.clock.advance(899)
    assert [count for _, count in tags] == [1]
    service.clock.advance(3600 + 4)
    assert len(verdicts(service)) == 2


def test_the_feed_reaches_back_so_many_days(serve):
    rows = [incident(PLACE, HAPPENED - timedelta(days=days)) for days in (0, 29, 30, 31)]
    service = serve(rows, TOLD, public_days=30)
    assert len(verdicts(service)) == 2


def test_a_server_that_is_started_anew_tells_the_same(serve):
    rows = [incident(PLACE, HAPPENED - timedelta(days=day), rounds=day) for day in range(5)]
    service = serve(rows, TOLD)
    told = features(service)

    with reopened(service.settings, Clock(TOLD + timedelta(minutes=59)), {}) as other:
        assert features(other) == told
