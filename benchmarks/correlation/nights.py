"""New Year's Eves: each judged by the background of the month before it."""

from dataclasses import dataclass
from datetime import timedelta

from app.correlation.background import Background
from app.correlation.columns import Booleans, Integers
from app.correlation.groups import Groups
from app.correlation.parameters import Parameters
from app.domain.time import to_micros
from app.simulate import City
from app.simulate.shootings import burst_span_us
from benchmarks.correlation.city import START, Sample, draw, fit
from benchmarks.correlation.scenarios import NEW_YEAR, NEW_YEAR_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """A month, what it taught, and the hours of fireworks after it (microseconds)."""

    sample: Sample
    background: Background
    burst_micros: tuple[int, int]

    def in_burst(self, groups: Groups) -> Booleans:
        """Which incidents began in the hours of fireworks and were not withdrawn, shape (groups,)."""
        first = self._began(groups)
        return self._active(groups) & (first >= self.burst_micros[0]) & (first < self.burst_micros[1])

    def before(self, groups: Groups) -> Booleans:
        """Which incidents began in the month before, shape (groups,)."""
        return self._active(groups) & (self._began(groups) < _day_micros())

    def _active(self, groups: Groups) -> Booleans:
        return self.sample.alerts.is_active[groups.first]

    def _began(self, groups: Groups) -> Integers:
        return self.sample.alerts.started_micros[groups.first]


def new_year_night(seed: int, parameters: Parameters, city: City = NEW_YEAR) -> Night:
    """Simulate a month and the night after it."""
    sample = draw(city, seed=seed, days=NEW_YEAR_DAY + 2)
    span = burst_span_us(city, to_micros(START))
    if span is None:
        raise ValueError("the city has no New Year's Eve")
    background = fit(sample, parameters, until_micros=_day_micros())
    return Night(sample=sample, background=background, burst_micros=span)


def _day_micros() -> int:
    """Midnight before New Year's Eve: where the background's month ends."""
    return to_micros(START + timedelta(days=NEW_YEAR_DAY))
