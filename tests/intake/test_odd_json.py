"""What JSON can say and few senders do: taken or refused in order, the same alone and among others."""

import json
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.models import Alert, Call
from app.domain.vocabulary import SourceKind
from tests.intake.conftest import ALERT, CALL, Service

JSON_TEXTS: list[tuple[bytes, bool]] = [
    (b'"latitude": 1e400', True),
    (b'"latitude": -1e400', True),
    (b'"rounds": ' + b"9" * 5_000, True),
    (b'"rounds": 1E5000', True),
    (b'"revision": 18446744073709551616', True),
    (b'"address": "\\ud800"', True),
    (b'"address": "\\udc00\\ud800"', True),
    (b'"address": "a\\u0000b"', True),
    (b'"unmapped": {"\\u0000": "\\u0000", "x": 1e400, "y": 123456789012345678901234567890}', True),
    (b'"unmapped": "\\ud800"', True),
    (b'"unmapped": ' + b"[" * 900 + b"]" * 900, True),
    (b'"classification": "\\ud800", "nature_code": "\\udfff"', True),
    (b'"external_id": "a\\u0000b"', False),
    (b'"external_id": "\\ud800"', False),
    (b'"external_id": 123456789012345678901234567890', False),
    (b'"external_id": -7', True),
    (b'"started_at": "\\ud800", "received_at": "\\u0000"', False),
    (b'"external_id": "K", "external_id": "L"', True),
]


def test_what_json_can_spell_and_few_do(service: Service) -> None:
    for kind, source, time in (
        (SourceKind.ALERTS, "sensors", "started_at"),
        (SourceKind.CALLS, "cad", "received_at"),
    ):
        for number, (text, taken) in enumerate(JSON_TEXTS):
            start = f'{{"external_id": "N{number}", "{time}": "2026-07-04T11:00:00Z", '.encode()
            single = service.post(f"{kind.value}/{source}", content=start + text + b"}")
            assert single.status_code == (202 if taken else 422), (text[:80], single.text)
            several = service.post(f"{kind.value}/{source}", content=b"[" + start + text + b"}]")
            assert several.status_code == (202 if taken else 207), (text[:80], several.text)
            if taken:
                assert several.json()["results"][0]["id"] == single.json()["id"]
    wanted = sum(taken for _, taken in JSON_TEXTS)
    assert service.counts == (wanted, wanted, 2 * (len(JSON_TEXTS) - wanted))


def test_a_byte_order_mark_is_no_harm(service: Service) -> None:
    mark = b"\xef\xbb\xbf"
    assert service.post("alerts/sensors", content=mark + orjson.dumps(ALERT)).status_code == 202
    headers = {"content-type": "application/x-ndjson"}
    answer = service.post("calls/cad", content=mark + orjson.dumps(CALL) + b"\r\n", headers=headers)
    assert orjson.loads(answer.content)["status"] == "accepted"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec="utf-8"))
    | st.sampled_from(["2026-07-04T11:00:00Z", "A", "retracted", "active", -87.9, 43.0, "-87.9", "911"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*ALERT, *CALL, "revision", "status", "shots", "caller"]), inner, max_size=8
        )
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=25,
)
likely = st.fixed_dictionaries(
    {
        "external_id": st.sampled_from("ABC") | json_values,
        "started_at": st.just("2026-07-04T11:00:00Z") | json_values,
        "received_at": st.just("2026-07-04T11:00:00Z") | json_values,
    },
    optional=dict.fromkeys(
        ["longitude", "latitude", "rounds", "classification", "origin", "revision", "shots", "status"],
        json_values,
    ),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(document=json_values | likely | st.lists(likely | json_values, max_size=6), alerts=st.booleans())
def test_arbitrary_json(service: Service, document: Any, alerts: bool) -> None:
    try:
        body = json.dumps(document).encode()
    except (ValueError, UnicodeEncodeError):
        return
    answer = service.post("alerts/sensors" if alerts else "calls/cad", content=body)
    assert answer.status_code in {202, 207, 400, 422}, answer.text
    if answer.status_code in (202, 207):
        told = answer.json()
        results = told.get("results", [told])
        assert len(results) == (len(document) if isinstance(document, list) else 1)
        for item in results:
            assert (item["id"] is None) is (item["status"] in ("rejected", "skipped"))
            assert bool(item["errors"]) is (item["status"] == "rejected")
            if item["id"]:
                stored = service.one(Alert if alerts else Call, item["external_id"])
                assert str(stored.id) == item["id"]
    elif answer.status_code == 422:
        assert answer.json()["errors"]
    else:
        assert "NaN" in body.decode() or "Infinity" in body.decode()
