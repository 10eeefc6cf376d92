"""The scene on each database, once a module; and its report, found right, for what needs no database."""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.settings import Settings
from tests.conftest import Clock
from tests.incidents.report.scene import fill_scene
from tests.records.conftest import Service, serving

GOLDEN = Path(__file__).parent / "data" / "report.json"
HOSTILE = (
    "#eval(1) *x* _y_ $z$ @ref <l> \\u{41} // -- ```",
    "</style></svg><script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"'>&amp;{{7*7}}{%x%}]]>",
    "W" * 200,
    "\u202eright to left\u202c שלום مرحبا",
    "\U0001f52b 日本 e\u0301\u0323",
    "",
)
_FREE = {
    *("external_id", "alert_external_id", "address", "note", "name", "reference", "shooter", "nature_code"),
    *("source", "reason", "actor", "filed_by", "assignee", "vendor_classification"),
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("scene") / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        settings = Settings(database_url=f"sqlite:///{path}", key_cache_s=0, _env_file=None)
    else:
        url = request.getfixturevalue("postgresql_url")
        settings = Settings(database_url=url, key_cache_s=0, _env_file=None)
        request.getfixturevalue("postgresql_kept").empty()
    with serving(settings, Clock()) as running:
        fill_scene(running)
        yield running


@pytest.fixture(scope="session")
def golden_document() -> dict[str, Any]:
    """The report of incident 1 with its hash; not to be changed."""
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.fixture
def golden(golden_document: dict[str, Any]) -> dict[str, Any]:
    """A copy to change."""
    return copy.deepcopy(golden_document)


@pytest.fixture
def hostile(golden: dict[str, Any]) -> dict[str, Any]:
    """The same with everything that a feed could put into a text."""
    return {"report": _spoilt(golden["report"], iter(range(10**6))), "sha256": golden["sha256"]}


@pytest.fixture
def crowded(golden: dict[str, Any]) -> dict[str, Any]:
    """The same with 200 shots and 60 calls."""
    report = golden["report"]
    account = report["shots"][2]
    first = account["shots"][0]
    account["shots"] = [
        {**first, "number": number, "offset_s": number / 8, "longitude": first["longitude"] + number / 1e5}
        for number in range(1, 201)
    ]
    account |= {"shots_listed": 200, "shots_located": 200}
    report["calls"] = [{**report["calls"][n % 3], "number": n + 1, "id": str(n)} for n in range(60)]
    return golden


def _spoilt(value: Any, counter: Iterator[int], name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _spoilt(item, counter, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_spoilt(item, counter, name) for item in value]
    if name in _FREE and (value is None or isinstance(value, str)):
        return HOSTILE[next(counter) % len(HOSTILE)]
    return value
