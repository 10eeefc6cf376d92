import pytest

WHEN = "2026-07-01T02:00:30Z"


def test_filed_listed_and_taken_back(earshot_on_both, add_sources, shooting):
    from tests.cli.conftest import judge

    earshot = judge(earshot_on_both, add_sources, shooting)
    add = ("missed", "add", WHEN, "--at", "-87.94,43.03", "--casings", "3", "--note", "on a porch")
    told = earshot.json(*add)
    assert (told["evidence"], told["uncertainty_m"]) == ({"casings": 3}, None)
    assert [incident["lag_s"] for incident in told["near_incidents"]] == [-30.0]
    assert f"earshot missed withdraw {int(told['id']) + 1}" in earshot(*add).stdout
    assert len(earshot.json("missed", "list", "--from", "2026-07-01")["missed_gunfire"]) == 2
    assert "is withdrawn" in earshot("missed", "withdraw", told["id"]).stdout
    assert "already" in earshot("missed", "withdraw", told["id"], exit_code=1).stderr
    said = earshot("missed", "list", "--standing").stdout
    assert "3 casings" in said
    assert said.count("on a porch") == 1
    assert "Only the first" in earshot("missed", "list", "--limit", "1").stderr


@pytest.mark.parametrize(
    "wrong", [("soon", "--at", "-87.9,43"), (WHEN, "--at", "43"), (WHEN, "--at", "-87.9,43", "--rounds", "0")]
)
def test_what_is_wrong_is_said(earshot, wrong):
    earshot("missed", "add", *wrong, exit_code=2)


def test_nothing_yet(earshot):
    assert "Nothing is filed" in earshot("missed", "list").stdout
    assert earshot.json("missed", "list") == {"missed_gunfire": [], "more": False}
