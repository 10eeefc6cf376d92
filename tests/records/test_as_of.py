"""A history replayed: what was answered after each step is what is answered as of that step ever after."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.core.settings import Settings
from app.db.models import VERSIONS, Base, Incident, Zone
from app.domain.areas import Box, Circle
from app.domain.time import format_millis
from app.incidents.cameras import CameraQuestion, find_cameras
from app.incidents.filters import IncidentFilters
from app.incidents.follow_ups import FollowUpFilters, find_follow_ups, list_follow_ups
from app.incidents.queries import find_incident, list_incidents
from app.incidents.timeline import find_timeline
from app.insight.questions import By, ReportingQuestion, ResponseBy, ResponseQuestion
from app.insight.reporting import measure_reporting
from app.insight.response import measure_response
from app.records.filters import RecordFilters
from app.records.queries import ALERTS, CALLS, list_records
from tests.conftest import Clock
from tests.records.conftest import HOME, T0, Service, alert, at, serving
from tests.records.test_link_reviews import pointers, problem

pytestmark = pytest.mark.slow

SEED, SEED_OF_SKEWED_CLOCKS = 7, 11
ZONE = ZoneInfo("America/Chicago")
# So far apart that two alerts of one moment are one incident or two, by where a revision puts them.
STREET = [(HOME[0] + place * 0.0018, HOME[1]) for place in range(4)]
FILTERS = (
    IncidentFilters(),
    IncidentFilters(verdicts=("reported", "unreported")),
    IncidentFilters(zone="West"),
    IncidentFilters(near=Circle(longitude=STREET[0][0], latitude=STREET[0][1], radius_m=100.0)),
    IncidentFilters(box=Box(west=-87.9375, south=43.0, east=-87.90, north=43.1)),
    IncidentFilters(text="a-1"),
    IncidentFilters(dispositions=("confirmed", "none"), min_rounds=3),
)


class City:
    """What befalls a city, a step at a time, drawn with a seed; each step is one act at one moment."""

    def __init__(self, service: Service, seed: int) -> None:
        self.service = service
        self.draw = random.Random(seed)
        acts: list[Callable[[], None]] = [
            *([self.alert] * 8 + [self.call] * 6 + [self.follow_up] * 3),
            *([self.link, self.dispose, self.beat] * 2),
            self.retract,
        ]
        self.acts = [*self.draw.sample(acts, len(acts)), self.alert]

    def step(self) -> None:
        self.service.clock.advance(self.draw.uniform(1, 90))
        self.acts.pop()()
        if self.draw.random() < 0.8:
            self.service.judge()

    def alert(self) -> None:
        """A new one, or another body about one: elsewhere, later, or no gunfire any more."""
        place = self.draw.choice(STREET)
        self.service.post(
            "/v1/alerts/sensors",
            "vendor",
            {
                "external_id": f"a-{self.draw.randrange(5)}",
                "revised_at": format_millis(self.service.clock()),
                "started_at": at(self.draw.choice((0, 20, 40, 400))),
                "longitude": place[0],
                "latitude": place[1],
                "rounds": self.draw.randrange(1, 9),
                "classification": self.draw.choice(("multiple_gunshots",) * 4 + ("fireworks",)),
            },
        )

    def retract(self) -> None:
        body = {"external_id": f"a-{self.draw.randrange(5)}", "status": "retracted"}
        self.service.post("/v1/alerts/sensors", "vendor", body)

    def call(self) -> None:
        place = self.draw.choice(STREET)
        self.service.post(
            "/v1/calls/dispatch",
            "cad",
            {
                "external_id": f"c-{self.draw.randrange(3)}",
                "revised_at": format_millis(self.service.clock()),
                "received_at": at(self.draw.choice((60, 120, 500))),
                "longitude": place[0],
                "latitude": place[1],
                "line": self.draw.choice(("911", "non_emergency")),
                "nature": "shots_fired",
                "origin": self.draw.choice(("citizen", "citizen", "sensor")),
                "dispatched_at": self.draw.choice((None, at(200), at(600))),
            },
        )

    def beat(self) -> None:
        for through in (-86_400, self.draw.choice((100, 2_000))):
            headers = {"authorization": f"Bearer {self.service.key_of('cad')}"}
            content = orjson.dumps({"through": at(through)})
            path = "/v1/sources/dispatch/heartbeat"
            assert self.service.client.post(path, content=content, headers=headers).status_code == 202

    def link(self) -> None:
        with self.service.database.read() as session:
            incidents = session.scalars(select(Incident.id)).all()
        decision = self.draw.choice(("confirmed", "rejected", "automatic"))
        for incident in incidents[:1]:
            self.service.send(f"/v1/incidents/{incident}/links/1", "analyst", {"decision": decision})

    def dispose(self) -> None:
        for incident in (1, 2, 3):
            said = {"disposition": self.draw.choice(("confirmed", "unfounded", None))}
            self.service.send(f"/v1/incidents/{incident}/disposition", "analyst", said)

    def follow_up(self) -> None:
        kind = {"kind": "canvass", "assignee": self.draw.choice(("Unit 7", "Unit 8"))}
        self.service.send("/v1/incidents/1/follow-ups", "analyst", kind)
        state = {"state": self.draw.choice(("open", "done", "dismissed"))}
        self.service.ask("PATCH", "/v1/follow-ups/1", "analyst", json=state)


def everything(session: Session) -> dict[str, Any]:
    """All that anybody could have been answered, but for the time that an answer says it is of."""
    answers: dict[str, Any] = {}
    for place, filters in enumerate(FILTERS):
        answers[f"list {place}"] = list_incidents(session, filters).items
    first = list_incidents(session, IncidentFilters(), "-updated_at", 1)
    rest = list_incidents(session, IncidentFilters(), "-updated_at", 2, first.next_cursor)
    answers["pages"] = [first.items, rest.items]
    for by in (By.ZONE, By.ROUNDS):
        answers[f"reporting by {by}"] = measure_reporting(
            session, ReportingQuestion(by=by, min_count=1), ZONE
        )
    answers["response"] = measure_response(session, ResponseQuestion(by=ResponseBy.LINE))
    follow_ups = list_follow_ups(session, FollowUpFilters(states=("open",)), "-created_at", 100, None)
    answers["follow-ups"] = follow_ups.items
    for table, sort in ((ALERTS, "-started_at"), (CALLS, "-received_at")):
        found = list_records(session, table, RecordFilters(words={}), sort, 100, None)
        answers[f"list of {table.model.__tablename__}"] = found.items
    for incident in map(str, range(1, 7)):
        answers[f"incident {incident}"] = find_incident(session, incident, with_dispositions=True)
        answers[f"timeline {incident}"] = find_timeline(session, incident)
        answers[f"follow-ups of {incident}"] = find_follow_ups(session, incident)
        answers[f"cameras of {incident}"] = find_cameras(
            session, incident, CameraQuestion(), with_contacts=False
        )
    for answer in answers.values():
        if isinstance(answer, dict):
            answer.pop("as_of", None)
    return answers


def draw_zones(service: Service) -> None:
    with service.database.write() as session:
        for kind, name, west, east in (
            *(("district", "West", -87.95, -87.9391), ("district", "East", -87.9391, -87.9)),
            ("coverage", "all", -88.0, -87.0),
        ):
            ring = [[west, 42.9], [east, 42.9], [east, 43.1], [west, 43.1], [west, 42.9]]
            row = {
                **{"kind": kind, "name": name, "west": west, "east": east, "south": 42.9, "north": 43.1},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                **{"properties": {}, "updated_at": service.clock()},
            }
            session.execute(insert(Zone).values(**row))


def test_each_step_of_a_history_is_answered_as_it_was(settings: Settings) -> None:
    with serving(settings, Clock(T0 + timedelta(minutes=9))) as service:
        draw_zones(service)
        city = City(service, SEED)
        seen: list[tuple[datetime, dict[str, Any]]] = []
        while city.acts:
            city.step()
            with service.database.read() as session:
                seen.append((service.clock(), everything(session)))
        service.clock.advance(3600)
        service.judge()
        # Half of them not at the moment itself but before the next one.
        for place, (moment, answers) in enumerate(seen[:-1]):
            until = seen[place + 1][0]
            asked = moment + place % 2 * (until - moment - timedelta(microseconds=1))
            with service.database.read(as_of=asked) as session:
                for what, answer in everything(session).items():
                    assert answer == answers[what], (place, what)
        with service.database.read() as session:
            kept = {
                name: session.scalar(select(func.count()).select_from(VERSIONS[name])) for name in VERSIONS
            }
            merged = session.scalar(select(func.count()).where(Incident.merged_into_id.is_not(None)))
    assert all(kept.values()), f"the history leaves tables untested: {kept}"
    assert merged, "nothing was merged"
    assert len({orjson.dumps(answers["list 0"]) for _, answers in seen}) > len(seen) // 2


def test_a_clock_that_is_put_back_shows_nothing_twice(settings: Settings) -> None:
    """Several machines write, and no two clocks are the same."""
    with serving(settings, Clock(T0 + timedelta(minutes=9))) as service:
        draw_zones(service)
        city = City(service, SEED_OF_SKEWED_CLOCKS)
        begin = service.clock()
        while city.acts:
            city.step()
            service.clock.advance(city.draw.choice((0, -80, -40)))
        for seconds in range(0, int((service.clock() - begin).total_seconds()) + 80, 7):
            with service.database.read(as_of=begin + timedelta(seconds=seconds)) as session:
                for name in VERSIONS:
                    table = Base.metadata.tables[name]
                    key = list(table.primary_key.columns)
                    doubled = select(*key).group_by(*key).having(func.count() > 1)
                    assert session.execute(doubled).all() == [], (name, seconds)


BELOW = ("", "/timeline", "/shots", "/follow-ups", "/cameras")
LISTS = ("/v1/incidents", "/v1/follow-ups", "/v1/insight/reporting", "/v1/insight/response")


def told(service: Service, path: str, as_of: datetime | str | None = None) -> dict[str, Any]:
    query = "" if as_of is None else f"?as_of={as_of if isinstance(as_of, str) else format_millis(as_of)}"
    answer = service.get(path + query)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_every_route_tells_what_was_known(night: Service) -> None:
    paths = [*LISTS, *(f"/v1/incidents/{incident}{below}" for incident in (1, 2) for below in BELOW)]
    night.send("/v1/incidents/1/follow-ups", "analyst", {"kind": "canvass"})
    before, answers = night.clock(), {path: told(night, path) for path in paths}
    assert {answer["as_of"] for answer in answers.values()} == {None}
    night.clock.advance(60)
    moved = alert(1, started_at=at(10), longitude=HOME[0], rounds=12, revised_at=format_millis(night.clock()))
    night.post("/v1/alerts/sensors", "vendor", moved)
    night.send("/v1/incidents/1/disposition", "analyst", {"disposition": "confirmed"})
    night.ask("PATCH", "/v1/follow-ups/1", "analyst", json={"state": "done"})
    night.judge()
    for path in paths:
        then = {**answers[path], "as_of": format_millis(before)}
        assert told(night, path, before) == then, path
        now = night.get(path)
        if path.startswith("/v1/incidents/2"):
            below = path.removeprefix("/v1/incidents/2")
            assert (now.status_code, now.headers["location"]) == (308, f"/v1/incidents/1{below}")
            late = night.get(f"{path}?as_of={format_millis(night.clock())}")
            assert late.headers["location"].startswith(f"/v1/incidents/1{below}?as_of=2026-07-04T12:01")
        elif not path.endswith("/cameras"):
            assert now.json() != answers[path], path
            assert now.headers["etag"] != night.get(f"{path}?as_of={format_millis(before)}").headers["etag"]


def test_the_time_that_an_answer_tells_is_one_at_which_that_was_known(night: Service) -> None:
    """Answers tell milliseconds, the clock more."""
    night.clock.advance(1.0004567)
    night.send("/v1/incidents/1/disposition", "analyst", {"disposition": "unfounded"})
    updated_at = told(night, "/v1/incidents/1")["updated_at"]
    assert updated_at.endswith(".000Z")
    night.clock.advance(1)
    assert told(night, "/v1/incidents/1", updated_at)["disposition"] == "unfounded"


def test_pages_and_map_clients_stay_in_the_past(night: Service) -> None:
    before = format_millis(night.clock())
    everyone = [item["id"] for item in told(night, "/v1/incidents")["incidents"]]
    night.clock.advance(60)
    night.post("/v1/alerts/sensors", "vendor", alert(9))
    night.post("/v1/alerts/sensors", "vendor", {"external_id": "a-7", "status": "retracted"})
    night.judge()
    pages = night.all_pages(f"/v1/incidents?limit=3&as_of={before}", "incidents")
    assert [item["id"] for item in pages] == everyone
    assert {item["verdict"] for item in pages if item["id"] == "8"} == {"unreported"}
    map_answer = night.get(f"/v1/incidents?f=geojson&limit=3&as_of={before}").json()
    assert map_answer["as_of"] == before
    assert f"as_of={before.replace(':', '%3A')}" in map_answer["links"][0]["href"]
    assert night.get(f"/v1/incidents/8?f=geojson&as_of={before}").json()["as_of"] == before
    table = night.get(f"/v1/insight/reporting?f=csv&as_of={before}").text.splitlines()
    assert table[0].endswith(",as_of")
    assert table[1].endswith(f",{before}")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("2026-07-04T12:00:00.001Z", "lies in the future"),
        ("2026-07-01T12:00:00", "offset"),
        ("2026-07-01", "is not a date and time"),
        ("yesterday", "is not a date and time"),
    ],
)
def test_a_time_that_cannot_be_is_refused(still: Service, asked: str, reason: str) -> None:
    for path in (*LISTS, *(f"/v1/incidents/1{below}" for below in BELOW)):
        answer = still.get(f"{path}?as_of={asked}")
        assert pointers(problem(answer, 400, "invalid-parameter")) == ["/query/as_of"], path
        assert reason in answer.json()["errors"][0]["reason"], path


def test_what_was_not_known_yet_is_not_there_and_why(still: Service) -> None:
    for below in BELOW:
        for incident, reason in (
            (1, "incident '1' was first known at 2026-07-04T12:00:00.000Z"),
            (77, "there is no incident '77'"),
        ):
            answer = still.get(f"/v1/incidents/{incident}{below}?as_of=2026-07-04T11:59:59.999Z")
            assert problem(answer, 404, "not-found")["detail"] == reason
    assert told(still, "/v1/incidents", "2026-07-04T11:59:59Z")["incidents"] == []
