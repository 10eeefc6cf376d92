"""Invented addresses: the block of the street on which a position lies."""

import numpy as np

from app.domain.geodesy import Floats
from app.simulate.plane import Plane

BLOCK_M = 100.0
STREET_GAP_M = 200.0
TREES = (
    "Alder", "Aspen", "Beech", "Birch", "Cedar", "Cherry", "Cypress", "Dogwood", "Elder", "Elm", "Fir",
    "Hawthorn", "Hazel", "Hemlock", "Hickory", "Holly", "Juniper", "Larch", "Laurel", "Linden", "Maple",
    "Mulberry", "Oak", "Pine", "Poplar", "Rowan", "Spruce", "Sumac", "Sycamore", "Tamarack",
    "Walnut", "Willow", "Yew",
)  # fmt: skip
SUFFIXES = ("Street", "Avenue", "Lane", "Road")
STREETS = tuple(f"{tree} {suffix}" for suffix in SUFFIXES for tree in TREES)


def addresses(plane: Plane, longitude: Floats, latitude: Floats) -> list[str | None]:
    """One per position, such as "1400 block of W Alder Street"; None where there is no position."""
    east_m, north_m = plane.to_metres(longitude, latitude)
    located = np.isfinite(east_m)
    blocks = np.floor(np.where(located, np.abs(east_m), 0) / BLOCK_M).astype(np.int64) * 100
    streets = np.floor(np.where(located, north_m, 0) / STREET_GAP_M).astype(np.int64) % len(STREETS)
    sides = np.where(east_m < 0, "W", "E")
    return [
        f"{block} block of {side} {STREETS[street]}" if known else None
        for block, side, street, known in zip(
            blocks.tolist(), sides.tolist(), streets.tolist(), located.tolist(), strict=True
        )
    ]
