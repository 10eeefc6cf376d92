"""Rules documents as people write them: what can apply is read, what cannot is refused with the place."""

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import UnusableRecordError
from app.correlation.parameters import MOST_JOINT_INCIDENTS, NATURES, Parameters
from app.rules.documents import differences, parameters_of, read_rules
from app.rules.store import assemble

SHARES = Parameters().to_document()["nature_share"]


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(UnusableRecordError) as caught:
        read_rules(text)
    assert caught.value.detail == "these rules cannot apply"
    assert caught.value.errors
    return [(item["pointer"], item["reason"]) for item in caught.value.errors]


def shares(**changes: float) -> str:
    return "[nature_share]\n" + "\n".join(
        f"{name} = {share}" for name, share in {**SHARES, **changes}.items()
    )


@pytest.mark.parametrize(
    ("text", "pointer", "reason"),
    [
        ("windows_after_s = 900", "/windows_after_s", "did you mean window_after_s"),
        ("zzz = 1", "/zzz", "no such name"),
        ("lag_shape = nan", "/lag_shape", "finite"),
        ("gate_m = inf", "/gate_m", "finite"),
        ("gate_m = -inf", "/gate_m", "finite"),
        (f"gate_m = 1{'0' * 400}", "/gate_m", "finite"),
        ('gate_m = "2000"', "/gate_m", "must be a number"),
        ("gate_m = true", "/gate_m", "must be a number"),
        ("gate_m = [2000]", "/gate_m", "must be a number"),
        ("gate_m = 2026-07-04", "/gate_m", "must be a number"),
        ("[gate_m]\nx = 1", "/gate_m", "must be a number"),
        ("gate_m = -1", "/gate_m", "from 0"),
        ("gate_m = 1e9", "/gate_m", "from 0"),
        ("window_after_s = 0", "/window_after_s", "above 0"),
        ("window_before_s = -1", "/window_before_s", "from 0"),
        ("window_after_s = 7201", "/window_after_s", "at most 7,200 s"),
        ("prior_reported = 0", "/prior_reported", "between 0 and 1"),
        ("prior_reported = 1", "/prior_reported", "between 0 and 1"),
        ("prior_reported = 0.999", "/prior_reported", "too high for so few expected_calls"),
        ("expected_calls = 0.02", "/prior_reported", "too high for so few expected_calls"),
        ("most_joint_incidents = 0", "/most_joint_incidents", f"1 to {MOST_JOINT_INCIDENTS}"),
        ("most_joint_incidents = 13", "/most_joint_incidents", f"1 to {MOST_JOINT_INCIDENTS}"),
        ("most_joint_incidents = 2.5", "/most_joint_incidents", f"1 to {MOST_JOINT_INCIDENTS}"),
        (shares(weapon=0.06), "/nature_share", "sum to 1"),
        (shares(weapon=0), "/nature_share", "above 0"),
        (shares(weapon=-0.05), "/nature_share", "above 0"),
        (shares(weapon=float("nan")), "/nature_share/weapon", "finite"),
        (shares(weapon=float("inf")), "/nature_share/weapon", "finite"),
        ("[nature_share]\nshots_fired = 1.0", "/nature_share", "for each of"),
        ("[nature_share]\nshots = 1.0", "/nature_share/shots", "did you mean shots_fired"),
        ('[nature_share]\nweapon = "0.05"', "/nature_share/weapon", "must be a number"),
        ("[nature_share]\nweapon = true", "/nature_share/weapon", "must be a number"),
        ("[nature_share.weapon]\na.b.c = [[{}]]", "/nature_share/weapon", "must be a number"),
        ("nature_share = 5", "/nature_share", "table of shares"),
        ('nature_share = "abc"', "/nature_share", "table of shares"),
        ("nature_share = [0.7, 0.3]", "/nature_share", "table of shares"),
        ('"a/b~c" = 1', "/a~1b~0c", "no such name"),
        ('"\\u001b[31mred" = 1', "/\ufffd[31mred", "no such name"),
        ("", "", "empty"),
        (" \n\t\n", "", "empty"),
        ("this is not TOML", "", "neither TOML nor JSON"),
        ("gate_m = 1\ngate_m = 2", "", "neither TOML nor JSON"),
        ("gate_m = \x00", "", "neither TOML nor JSON"),
        ("x = " + "[" * 5000, "", "neither TOML nor JSON"),
        ('{"gate_m": NaN}', "", "neither TOML nor JSON"),
        ('{"gate_m": 1', "", "neither TOML nor JSON"),
        ('{"gate_m": null}', "/gate_m", "must be a number"),
        ('{"gate_m": {"deep": [[[]]]}}', "/gate_m", "must be a number"),
    ],
)
def test_what_cannot_apply_is_refused_with_the_place_and_the_reason(
    text: str, pointer: str, reason: str
) -> None:
    ((found, why),) = refused(text)
    assert found == pointer
    assert reason in why


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = refused('gate = 1\ngate_m = "x"\nlag_shape = nan\n[nature_share]\nweapon = "x"\nother = 1')
    assert [pointer for pointer, _ in found] == ["/gate", "/gate_m", "/lag_shape", "/nature_share/weapon"]


@pytest.mark.parametrize("document", [[], "x", 5, None, True, [["gate_m", 1]]])
def test_a_document_is_a_table(document: object) -> None:
    with pytest.raises(UnusableRecordError) as caught:
        parameters_of(document)
    assert [item["pointer"] for item in caught.value.errors] == [""]


def test_what_is_not_named_keeps_its_default() -> None:
    assert read_rules("# nothing yet\n") == parameters_of({}) == Parameters()
    found = read_rules("window_after_s = 1200\n" + shares(weapon=0.04, other=0.06))
    assert differences(Parameters(), found) == {
        "window_after_s": (900.0, 1200.0),
        "nature_share.weapon": (0.05, 0.04),
        "nature_share.other": (0.05, 0.06),
    }
    assert read_rules(json.dumps(found.to_document())) == found


def test_however_a_number_is_written_the_version_is_the_same() -> None:
    plain = assemble(Parameters(window_after_s=1200.0, most_joint_incidents=8), None).version
    for text in (
        "window_after_s = 1200\nmost_joint_incidents = 8",
        "window_after_s = 1.2e3\nmost_joint_incidents = 8.0",
        '{"most_joint_incidents": 8.0, "window_after_s": 1200}',
        "window_after_s = 1200.0\nmost_joint_incidents = 8\nwindow_before_s = 120\nlink_within_s = 60",
    ):
        assert assemble(read_rules(text), None).version == plain
    without = assemble(Parameters(window_before_s=0.0), None).version
    assert assemble(read_rules("window_before_s = -0.0"), None).version == without


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*Parameters().to_document(), "nature_share"]) | st.text(max_size=8)
TABLES = st.dictionaries(st.sampled_from([str(nature) for nature in NATURES]), st.floats() | VALUES)


@settings(max_examples=400, deadline=None)
@given(document=VALUES | st.dictionaries(NAMES, VALUES | st.floats(0, 2) | TABLES, max_size=6))
def test_whatever_comes_is_read_or_refused_and_what_is_read_comes_back(document: object) -> None:
    try:
        found = parameters_of(document)
    except UnusableRecordError as refusal:
        found = None
        reasons = [item["reason"] for item in refusal.errors]
    if found is None:
        assert reasons
        assert all(reasons)
        return
    stored = orjson.loads(orjson.dumps(found.to_document()))
    assert Parameters.from_document(stored) == parameters_of(stored) == found
    assert assemble(parameters_of(stored), None).version == assemble(found, None).version
