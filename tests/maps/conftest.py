"""The service on each database with incidents, alerts, calls, zones and cameras for maps to show."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.settings import Settings
from tests.conftest import Clock
from tests.records.conftest import HOME, Service, fill, serving

TRIANGLE = [[-88.0, 43.0], [-87.9, 43.0], [-88.0, 43.1], [-88.0, 43.0]]
FAR_SQUARE = [[179.0, -17.0], [179.5, -17.0], [179.5, -16.5], [179.0, -16.5], [179.0, -17.0]]


def area(name: str, ring: list[list[float]], **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name, **properties},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def add_places(service: Service) -> None:
    """A triangle and a far square as districts, the triangle as coverage, two cameras."""
    districts = [area("Third", TRIANGLE), area("Far", FAR_SQUARE)]
    for kind, features in (("district", districts), ("coverage", [area("All", TRIANGLE)])):
        body = {"type": "FeatureCollection", "features": features}
        answer = service.send(f"/v1/zones?kind={kind}&name=name", "analyst", body)
        assert answer.status_code == 200, answer.text
    corner = {"external_id": "k-1", "name": "Corner", "contact": "Mabel"}
    pier = {"external_id": "k-2", "name": "Pier <1>", "direction_deg": 90}
    cameras = [
        {**corner, "longitude": HOME[0], "latitude": HOME[1]},
        {**pier, "longitude": -87.9, "latitude": 43.05},
    ]
    assert service.send("/v1/cameras", "analyst", cameras).status_code == 200


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def maps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Eight incidents with their places, for tests that only read: once a module and database."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("maps") / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        settings = Settings(database_url=f"sqlite:///{path}", key_cache_s=0, _env_file=None)
    else:
        url = request.getfixturevalue("postgresql_url")
        settings = Settings(database_url=url, key_cache_s=0, _env_file=None)
        request.getfixturevalue("postgresql_kept").empty()
    with serving(settings, Clock()) as running:
        add_places(running)
        fill(running)
        yield running


def items(service: Service, collection: str = "incidents", who: str = "analyst", **query: Any) -> Any:
    """A page of features."""
    answer = service.get(f"/ogc/collections/{collection}/items", who, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(service: Service, condition: str, collection: str = "incidents", **query: Any) -> list[int]:
    """The ids that a filter finds, in order."""
    page = items(service, collection, filter=condition, limit=1000, **query)
    return sorted(int(feature["id"]) for feature in page["features"])
