from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.adapters import FeedMapping, Parsed, preset_text
from app.adapters.results import Result

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 7, 5, tzinfo=UTC)


@pytest.fixture
def data() -> Path:
    return DATA


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def alert_sample() -> dict[str, Any]:
    return orjson.loads((DATA / "alert.json").read_bytes())


@pytest.fixture(scope="session")
def call_sample() -> dict[str, Any]:
    return orjson.loads((DATA / "call.json").read_bytes())


def changed(sample: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**sample, **changes}.items() if value is not ...}


@pytest.fixture
def alert(alert_sample: dict[str, Any]) -> Callable[..., Result]:
    """Applies the generic mapping, after more TOML, to the sample with fields changed or (...) dropped."""

    def apply(toml: str = "", /, **changes: Any) -> Result:
        mapping = FeedMapping.from_toml(toml + preset_text("generic-alerts-json"))
        return mapping.apply(changed(alert_sample, changes), ordinal=0, line=None, now=NOW)

    return apply


@pytest.fixture
def call(call_sample: dict[str, Any]) -> Callable[..., Result]:
    def apply(toml: str = "", /, *, tables: str = "", **changes: Any) -> Result:
        mapping = FeedMapping.from_toml(toml + preset_text("generic-calls-json") + tables)
        return mapping.apply(changed(call_sample, changes), ordinal=0, line=None, now=NOW)

    return apply


def reasons(result: Result) -> dict[str, str]:
    """Pointers to reasons of a parsed record's warnings."""
    assert isinstance(result, Parsed), result
    return {problem.pointer: problem.reason for problem in result.warnings}
