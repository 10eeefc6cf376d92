import timeit
from collections.abc import Callable
from typing import Any

import orjson

from app.adapters import FeedMapping, Parsed, parse_body, preset_text
from tests.adapters.conftest import NOW

TWELVE = (
    *("external_id", "revision", "started_at", "published_at", "longitude", "latitude"),
    *("uncertainty_m", "rounds", "classification", "confidence", "address", "full_auto"),
)


def microseconds(action: Callable[[], Any]) -> float:
    return min(timeit.repeat(action, number=500, repeat=7)) / 500 * 1e6


def test_the_webhook_s_hot_path(alert_sample: dict[str, Any]) -> None:
    """Measured 19 µs together on one core of the development machine; the limit leaves room for slow ones."""
    mapping = FeedMapping.from_toml(preset_text("generic-alerts-json"))
    body = orjson.dumps({name: alert_sample[name] for name in TWELVE})

    def once() -> Any:
        elements, _ = parse_body(body, mapping, "application/json")
        return mapping.apply(elements[0], ordinal=0, line=None, now=NOW)

    assert isinstance(once(), Parsed)
    assert microseconds(once) < 150


def test_generic_fields_need_no_expression() -> None:
    mapping = FeedMapping.from_toml(preset_text("generic-alerts-json"))
    assert all(plan.expression.path is not None for plan in mapping.plans)
