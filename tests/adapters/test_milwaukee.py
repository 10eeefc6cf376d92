from collections import Counter
from pathlib import Path

import pytest

from app.adapters import FeedMapping, Parsed, read_records
from app.domain.records import AlertRecord, CallRecord
from app.domain.vocabulary import Nature, Origin
from tests.adapters.conftest import NOW

MAPPINGS = Path(__file__).parents[1] / "data" / "milwaukee"


@pytest.mark.parametrize("name", ["alerts", "alerts-unbounded", "calls", "calls-unbounded"])
def test_the_mappings_compile(name: str) -> None:
    mapping = FeedMapping.from_toml((MAPPINGS / f"{name}.toml").read_text())
    assert (mapping.bounds is None) == name.endswith("unbounded")


@pytest.mark.milwaukee
@pytest.mark.parametrize(
    ("name", "kept", "unlocated"),
    [
        ("alerts", 333, 3),
        ("alerts-unbounded", 333, 1),
        ("calls", 33_968, 500),
        ("calls-unbounded", 33_968, 11),
    ],
)
def test_the_table_s_own_numbers(milwaukee: Path, name: str, kept: int, unlocated: int) -> None:
    mapping = FeedMapping.from_toml((MAPPINGS / f"{name}.toml").read_text())
    with (milwaukee / "calls_for_service.csv").open("rb") as stream:
        results = [mapping.apply_element(element, now=NOW) for element in read_records(stream, mapping)]
    assert len(results) == 33_968
    records = [result.record for result in results if isinstance(result, Parsed)]
    assert len(records) == kept
    assert sum(record.longitude is None for record in records) == unlocated
    calls = [record for record in records if isinstance(record, CallRecord)]
    if calls:
        assert Counter(call.nature for call in calls)[Nature.SHOTS_FIRED] == 430
        assert Counter(call.origin for call in calls)[Origin.SENSOR] == 333
    else:
        assert all(isinstance(record, AlertRecord) for record in records)
