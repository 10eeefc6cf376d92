"""What a simulated city is like: the settings, all with defaults, none of them random."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.vocabulary import Nature
from app.simulate.settings_table import CityError, read_settings

GUNFIRE_HOURS = (
    1.9, 1.6, 1.3, 0.9, 0.6, 0.4, 0.3, 0.3, 0.3, 0.3, 0.4, 0.5,
    0.5, 0.6, 0.6, 0.7, 0.8, 0.9, 1.1, 1.3, 1.7, 2.1, 2.5, 2.4,
)  # fmt: skip
GUNFIRE_WEEKDAYS = (0.85, 0.80, 0.80, 0.85, 1.10, 1.40, 1.20)
CALL_HOURS = (
    0.7, 0.6, 0.5, 0.4, 0.4, 0.4, 0.6, 0.8, 1.0, 1.1, 1.1, 1.2,
    1.2, 1.2, 1.2, 1.3, 1.4, 1.4, 1.4, 1.3, 1.3, 1.2, 1.1, 0.9,
)  # fmt: skip
CALL_WEEKDAYS = (0.97, 0.97, 0.98, 1.00, 1.06, 1.04, 0.98)
AMBIENT_SHARES = MappingProxyType(
    {
        Nature.SHOTS_FIRED: 0.012,
        Nature.SHOOTING: 0.003,
        Nature.WEAPON: 0.007,
        Nature.FIREWORKS: 0.008,
        Nature.DISTURBANCE: 0.12,
        Nature.OTHER: 0.85,
    }
)
REPORT_SHARES = MappingProxyType(
    {
        Nature.SHOTS_FIRED: 0.70,
        Nature.SHOOTING: 0.10,
        Nature.WEAPON: 0.05,
        Nature.FIREWORKS: 0.05,
        Nature.DISTURBANCE: 0.05,
        Nature.OTHER: 0.05,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """The week's rhythm in local time: a rate is proportional to its hour's times its weekday's weight."""

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.hours) != 24 or len(self.weekdays) != 7:
            raise CityError("a cycle has 24 hours and 7 weekdays, Monday first")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """How people report a shooting. Narrower than the correlation model on purpose (DESIGN, section 4).

    The number of calls is Poisson of mean `calls_mean`, given at least one; the lag is log-normal and the
    caller's place normal around the shooting (sigma per axis). `share_slow` of the lags is uniform over 3 to
    15 min instead and `share_far` of the callers is at `far_sigma_m`: the misspecified variants.
    """

    share_reported: float = 0.2
    calls_mean: float = 1.6
    lag_median_s: float = 75.0
    lag_spread: float = 0.8
    share_slow: float = 0.0
    slow_from_s: float = 180.0
    slow_through_s: float = 900.0
    caller_sigma_m: float = 220.0
    share_far: float = 0.0
    far_sigma_m: float = 600.0
    nature_shares: Mapping[Nature, float] = field(default_factory=lambda: REPORT_SHARES)

    def __post_init__(self) -> None:
        if min(self.calls_mean, self.lag_median_s) <= 0 or self.slow_through_s < self.slow_from_s:
            raise CityError("reporting: calls_mean, lag_median_s and the span of slow lags are above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """How the feeds behave: shares of records (0 to 1) to which each mishap happens."""

    share_sensor_records: float = 0.97
    share_unlocated: float = 0.005
    share_refined: float = 0.5
    share_repeated_alerts: float = 0.08
    share_repeated_calls: float = 0.01
    share_late: float = 0.02
    share_real_retracted: float = 0.01
    share_false_retracted: float = 0.15
    share_tombstones: float = 0.3
    gaps_per_30_days: float = 1.0
    gap_hours: float = 5.0
    call_clock_error_s: float = 3.0
    heartbeat_s: float = 60.0

    def __post_init__(self) -> None:
        if self.heartbeat_s < 1:
            raise CityError("feeds.heartbeat_s is at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A New Year's Eve: from 22:00 local on the `day`-th day after the start (none by default).

    Calls of fireworks and shots fired come `multiplier` times as often, and about `false_alerts` more
    alerts are set off by fireworks, most of them classified so.
    """

    day: int | None = None
    hours: float = 4.0
    multiplier: float = 10.0
    false_alerts: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePairs:
    """Every shooting has a partner this much later and this far away, reported or not on its own."""

    gap_s: float = 60.0
    distance_m: float = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city's layout and rates. The layout depends on these settings alone, never on the seed of a run.

    `alerts_per_day` counts all alerts outside a burst; `calls_per_day` the calls that no alert explains.
    `background_multiplier` scales those of every nature but `other`; one that `ambient_shares` leaves out
    has none.
    """

    name: str = "Port Ellery"
    time_zone: str = "America/Chicago"
    longitude: float = -87.1
    latitude: float = 43.1
    width_m: float = 14_000.0
    height_m: float = 14_000.0
    layout_seed: int = 1
    zone_count: int = 16
    coverage_zone_count: int = 7
    hot_spot_count: int = 9
    hot_spot_sigma_m: float = 700.0
    camera_count: int = 48
    alerts_per_day: float = 8.0
    share_false: float = 0.1
    share_false_recognised: float = 0.4
    share_second_alert: float = 0.03
    alert_uncertainty_m: float = 20.0
    calls_per_day: float = 900.0
    background_multiplier: float = 1.0
    ambient_shares: Mapping[Nature, float] = field(default_factory=lambda: AMBIENT_SHARES)
    gunfire_cycle: Cycle = Cycle(hours=GUNFIRE_HOURS, weekdays=GUNFIRE_WEEKDAYS)
    call_cycle: Cycle = Cycle(hours=CALL_HOURS, weekdays=CALL_WEEKDAYS)
    reporting: Reporting = Reporting()
    feeds: Feeds = Feeds()
    burst: Burst = Burst()
    close_pairs: ClosePairs | None = None

    def __post_init__(self) -> None:
        if not 0 < self.coverage_zone_count <= self.zone_count or self.hot_spot_count < 1:
            raise CityError("there is a hot spot, and coverage_zone_count is from 1 to zone_count")
        if min(self.width_m, self.height_m) < 1000 or max(self.width_m, self.height_m) > 100_000:
            raise CityError("a city is 1 to 100 km wide and high")
        if abs(self.latitude) > 80 or abs(self.longitude) > 179:
            raise CityError("a city lies within 80 degrees of latitude and 179 of longitude")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise CityError(f"unknown time_zone {self.time_zone!r}") from error

    @classmethod
    def from_toml(cls, text: str) -> "City":
        """A city from TOML: the fields' names as keys, nested settings as tables; the rest by default.

        Raises CityError for what is no TOML, an unknown key or a value of the wrong kind.
        """
        return read_settings(cls, text)


CITY_DEFAULT = City()
"""Fictional, in the middle of Lake Michigan, so that nobody takes it for a place where people live."""

CITY_LARGE = City(
    name="Great Ellery",
    width_m=25_000.0,
    height_m=25_000.0,
    zone_count=24,
    coverage_zone_count=14,
    hot_spot_count=24,
    hot_spot_sigma_m=900.0,
    camera_count=400,
    alerts_per_day=50_000 / 365,
    share_false=0.0,
    share_second_alert=0.0,
    calls_per_day=3_730_000 / 365,
    feeds=Feeds(share_unlocated=0.0, share_real_retracted=0.0, gaps_per_30_days=0.0),
)
"""For benchmarks: 365 days are about 50,000 alerts, each a shooting, and 3.8 million calls, without gaps."""
