"""A seeded city with the truth beside it, for the demo, tests and benchmarks. Pure but for `files`."""

from app.simulate.cad import DISPOSITIONS, NATURE_CODES, PRIORITIES, NatureCode
from app.simulate.city import (
    CITY_DEFAULT,
    CITY_LARGE,
    Burst,
    City,
    ClosePairs,
    Cycle,
    Feeds,
    Reporting,
)
from app.simulate.columns import (
    CLASSIFICATIONS,
    LINES,
    NATURES,
    NO_TIME,
    ORIGINS,
    AlertColumns,
    CallColumns,
    Truth,
)
from app.simulate.deliveries import Delivery
from app.simulate.documents import alert_id, call_id
from app.simulate.files import SimulationFiles, write_files
from app.simulate.layout import Camera, Zone
from app.simulate.settings_table import CityError
from app.simulate.simulation import Simulation, simulate

__all__ = [
    "CITY_DEFAULT",
    "CITY_LARGE",
    "CLASSIFICATIONS",
    "DISPOSITIONS",
    "LINES",
    "NATURES",
    "NATURE_CODES",
    "NO_TIME",
    "ORIGINS",
    "PRIORITIES",
    "AlertColumns",
    "Burst",
    "CallColumns",
    "Camera",
    "City",
    "CityError",
    "ClosePairs",
    "Cycle",
    "Delivery",
    "Feeds",
    "NatureCode",
    "Reporting",
    "Simulation",
    "SimulationFiles",
    "Truth",
    "Zone",
    "alert_id",
    "call_id",
    "simulate",
    "write_files",
]
