import pytest

from app.domain.vocabulary import Nature
from app.simulate import CITY_DEFAULT, Burst, City, CityError, ClosePairs, simulate
from app.simulate.layout import lay_out
from tests.simulate.conftest import START


def test_no_settings_are_the_default():
    assert City.from_toml("") == CITY_DEFAULT


def test_settings_from_toml():
    city = City.from_toml(
        """
        name = "Smallport"
        longitude = 12
        zone_count = 5
        coverage_zone_count = 2
        [reporting]
        share_reported = 0.25
        [reporting.nature_shares]
        shots_fired = 1
        [burst]
        day = 2
        [close_pairs]
        distance_m = 150
        [gunfire_cycle]
        hours = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]
        weekdays = [1,1,1,1,1,1,1]
        """
    )
    assert city.name == "Smallport"
    assert city.longitude == 12.0
    assert city.reporting.share_reported == 0.25
    assert city.reporting.nature_shares == {Nature.SHOTS_FIRED: 1.0}
    assert city.burst == Burst(day=2)
    assert city.close_pairs == ClosePairs(distance_m=150.0)
    assert city.gunfire_cycle.hours[-1] == 2.0
    assert city.feeds == CITY_DEFAULT.feeds
    assert simulate(city, seed=1, start=START, days=5).calls.count > 1000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "no TOML"),
        ("nmae = 'x'", "unknown setting nmae"),
        ("[reporting]\nlag = 3", "unknown setting reporting.lag"),
        ("name = 3", "name cannot be 3"),
        ("zone_count = 2.5", "zone_count cannot be 2.5"),
        ("zone_count = true", "zone_count cannot be True"),
        ("zone_count = -1", "zone_count cannot be negative"),
        ("alerts_per_day = -1", "alerts_per_day cannot be -1"),
        ("alerts_per_day = nan", "alerts_per_day cannot be nan"),
        ("share_false = 1.5", "share_false is a share"),
        ("coverage_zone_count = 99", "coverage_zone_count"),
        ("hot_spot_count = 0", "hot spot"),
        ("width_m = 10", "1 to 100 km"),
        ("latitude = 89", "80 degrees"),
        ("time_zone = 'Mars/Olympus'", "unknown time_zone"),
        ("[ambient_shares]\nnoise = 0.1", "ambient_shares"),
        ("[gunfire_cycle]\nhours = [1]\nweekdays = [1]", "24 hours"),
        ("[reporting]\nlag_median_s = 0", "above 0"),
        ("[feeds]\nheartbeat_s = 0", "at least 1"),
    ],
)
def test_bad_settings_are_refused_by_name(text, reason):
    with pytest.raises(CityError, match=reason):
        City.from_toml(text)


def test_a_city_of_one_zone():
    layout = lay_out(City(zone_count=1, coverage_zone_count=1, hot_spot_count=1, camera_count=0))
    assert len(layout.zones) == 1
    assert layout.coverage.geometry.equals(layout.zones[0].geometry)
