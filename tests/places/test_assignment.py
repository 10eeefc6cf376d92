"""Zones that come after the incidents, through the worker."""

import orjson

from app.domain.vocabulary import ZoneKind
from app.places.zone_import import import_zones
from tests.places.conftest import collection, square
from tests.records.conftest import alert, service

__all__ = ["service"]


def test_incidents_get_the_zones_that_come_later(service):
    service.post("/v1/alerts/sensors", "vendor", [alert(number) for number in range(12)])
    service.judge()
    assert [item["zones"] for item in service.get("/v1/incidents").json()["incidents"]] == [[]] * 12
    for shift, name in ((1, "East"), (1.5, "East"), (0.5, "West")):
        with service.database.write() as session:
            import_zones(
                session,
                orjson.dumps(collection(square(shift, name))),
                kind=ZoneKind.NEIGHBORHOOD,
                name_property=None,
                actor="test",
                now=service.clock(),
            )
        service.judge()
    east = service.get("/v1/incidents?zone=east&sort=started_at").json()["incidents"]
    west = service.get("/v1/incidents?zone=West&sort=started_at").json()["incidents"]
    assert [item["alerts"][0]["external_id"] for item in east] == [f"a-{number}" for number in range(5, 12)]
    assert [item["alerts"][0]["external_id"] for item in west] == [f"a-{number}" for number in range(6)]
    assert east[0]["zones"] == ["East", "West"]
