"""Whether a camera looks at a place: its field of view is a sector, the place a disc. Pure; metres, degrees.

On the plane around the camera: over a camera's range that is off by less than the range is known.
"""

import math

from app.domain.vocabulary import InView

# The radius, in standard deviations, of the disc that holds 95 % of a two-dimensional normal distribution.
DISC_SIGMAS = math.sqrt(-2 * math.log(0.05))


def turn_deg(bearing_deg: float, other_deg: float) -> float:
    """The angle between two bearings, 0 to 180."""
    return abs((bearing_deg - other_deg + 180.0) % 360.0 - 180.0)


def in_view(
    distance_m: float,
    bearing_deg: float | None,
    *,
    direction_deg: float | None,
    field_of_view_deg: float | None,
    range_m: float | None,
    uncertainty_m: float,
) -> InView | None:
    """Whether the sector holds all of the disc around a place (yes), a part (possibly) or nothing (no).

    The place is given by distance and bearing from the camera (no bearing: at the camera itself); the disc
    has `DISC_SIGMAS` times its uncertainty. None where the camera's range, its field of view, or its
    direction are not known; one that looks all around needs no direction.
    """
    if range_m is None or field_of_view_deg is None:
        return None
    radius_m = DISC_SIGMAS * uncertainty_m
    if field_of_view_deg >= 360:
        inside_m, outside_m = range_m - distance_m, distance_m - range_m
    elif direction_deg is None:
        return None
    else:
        off_deg = 0.0 if bearing_deg is None else turn_deg(bearing_deg, direction_deg)
        inside_m, outside_m = _depths(distance_m, off_deg, field_of_view_deg / 2, range_m)
    if inside_m >= radius_m:
        return InView.YES
    return InView.NO if outside_m > radius_m else InView.POSSIBLY


def _depths(distance_m: float, off_deg: float, half_deg: float, range_m: float) -> tuple[float, float]:
    """How far a point lies within a sector, and how far outside of it; the other one is negative or 0."""
    past_edge = math.radians(off_deg - half_deg)
    if past_edge <= 0:
        to_edge_m = distance_m * math.sin(-past_edge) if past_edge > -math.pi / 2 else distance_m
        return min(range_m - distance_m, to_edge_m), distance_m - range_m
    along_m = distance_m * math.cos(past_edge)
    if along_m <= 0:
        return -distance_m, distance_m
    beyond_m = max(along_m - range_m, 0.0)
    outside_m = math.hypot(distance_m * math.sin(past_edge), beyond_m)
    return -outside_m, outside_m
