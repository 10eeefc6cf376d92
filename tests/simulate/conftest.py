from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.simulate import CITY_DEFAULT, Simulation, simulate

START = datetime(2026, 1, 1, 6, tzinfo=UTC)

# Busy enough for narrow intervals: about 6,000 alerts.
BUSY = replace(CITY_DEFAULT, alerts_per_day=200.0, calls_per_day=1500.0)


@pytest.fixture(scope="session")
def busy() -> Simulation:
    return simulate(BUSY, seed=7, start=START, days=30)


@pytest.fixture(scope="session")
def quarter() -> Simulation:
    return simulate(CITY_DEFAULT, seed=1, start=START, days=90)
