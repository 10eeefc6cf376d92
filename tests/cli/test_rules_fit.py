"""Fitting background and parameters to a simulated city of which the truth is known, by the command line."""

from dataclasses import replace

import pytest

from app.simulate import CITY_DEFAULT, simulate, write_files
from tests.cli.test_rules import everything
from tests.simulate.conftest import START

pytestmark = pytest.mark.slow
HABITS = replace(
    CITY_DEFAULT.reporting,
    share_reported=0.4,
    calls_mean=2.2,
    lag_median_s=60.0,
    lag_spread=0.6,
    caller_sigma_m=180.0,
)
CITY = replace(
    CITY_DEFAULT,
    alerts_per_day=60.0,
    calls_per_day=700.0,
    reporting=HABITS,
    feeds=replace(CITY_DEFAULT.feeds, gaps_per_30_days=0.0),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two weeks of a city where people call sooner, nearer and more often than the defaults say."""
    return write_files(simulate(CITY, seed=11, start=START, days=14), tmp_path_factory.mktemp("city"))


@pytest.fixture
def city(earshot_on_both, settings, kept, add_sources, files):
    def take_in():
        add_sources(earshot_on_both)
        earshot_on_both("import", "alerts", str(files.alerts), "--source", "sensors")
        earshot_on_both("import", "calls", str(files.calls), "--source", "cad")

    kept("city_to_fit", settings, take_in)
    return earshot_on_both


def test_how_people_report_is_found_back_and_takes_effect_only_by_use(city, settings):
    correlated = city.json("correlate")
    assert correlated["background_fitted"] is True
    before = everything(settings)
    done = city.json("rules", "fit")
    assert done["in_force"] == correlated["rules_version"] != done["version"]
    found = {name: change["to"] for name, change in done["changes"].items()}
    for name, truth, within in (
        ("prior_reported", 0.4, 0.15),
        ("expected_calls", 2.2, 0.15),
        ("lag_median_s", 60, 0.15),
        ("lag_shape", 0.6, 0.15),
        ("caller_distance_m", 180, 0.15),
    ):
        assert found[name] == pytest.approx(truth, rel=within), name
    assert set(found) <= {
        *("prior_reported", "expected_calls", "lag_median_s", "lag_shape", "caller_distance_m"),
        *(f"nature_share.{nature}" for nature in HABITS.nature_shares),
    }
    assert 1 < done["rounds"] < 30
    assert done["expected_reports"] > 500
    after = everything(settings)
    assert {name for name in before if before[name] != after[name]} == {"rules", "backgrounds"}
    stored = next(row for row in city.json("rules", "list")["rules"] if row["version"] == done["version"])
    assert (stored["in_force"], stored["effective_at"]) == (False, None)

    foretold = city.json("correlate", "--dry-run", "--rules", done["version"])
    assert {name: foretold[name] for name in ("incidents", "unchanged", "changes")} == {
        name: done["verdicts"][name] for name in ("incidents", "unchanged", "changes")
    }
    assert foretold["unchanged"] > 0.95 * foretold["incidents"]
    said = city("rules", "fit").stdout
    for words in ("lag_median_s", "would keep their verdict", f"earshot rules use {done['version']}"):
        assert words in said
    assert after == everything(settings), "the same records, the same rules"


def test_a_background_of_a_whole_city(city, settings):
    done = city.json("rules", "background")
    shown = city.json("rules", "show", done["version"])["background"]
    assert shown["basis"] == "rate, hour of the week and smoothed 500 m density"
    assert shown["relief"] is not None
    assert city.json("rules", "show")["background"]["fitted"] is False, "nothing takes effect before use"
    city("rules", "use", done["version"])
    before = everything(settings)
    assert city.json("correlate")["rules_version"] == done["version"], "there is one, so none is fitted"
    assert everything(settings)["rules"] == before["rules"]
    again = city.json("rules", "background")
    assert again["version"] == done["version"], "what reports explain is taken off, as before"
