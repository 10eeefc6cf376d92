"""A city's geography: outline, districts, coverage, hot spots and cameras, from its settings alone."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

from app.domain.geodesy import Floats
from app.domain.vocabulary import ZoneKind
from app.simulate.city import City
from app.simulate.plane import Plane
from app.simulate.seeds import stream
from app.simulate.streets import addresses

ZONE_NAMES = (
    "Old Harbor", "Millrace", "Tannery Row", "Saint Osric", "Lowfield", "Cannery Wharf", "Observatory Hill",
    "Southgate", "Ferrier Park", "Quarry Heights", "Lantern Hill", "Marrow Creek", "Ellery Downs",
    "Kestrel Point", "Brickyard", "Saltmarsh", "Granary", "Upper Weir", "Foxholt", "Signal Flats",
    "Thornbury", "Eastmole", "Rope Walk", "Dovecote",
)  # fmt: skip
RELAXATIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A polygon that people know, in degrees."""

    name: str
    kind: ZoneKind
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A fixed camera; directions clockwise from north."""

    external_id: str
    name: str
    longitude: float
    latitude: float
    direction_deg: float
    field_of_view_deg: float
    range_m: float
    retention_days: int
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HotSpots:
    """Centres (metres in the plane), sigma per axis and shares that add up to 1."""

    east_m: Floats
    north_m: Floats
    sigma_m: Floats
    share: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The geography in the city's plane (`outline`, `covered`, hot spots) and in degrees (the rest)."""

    plane: Plane
    outline: Polygon
    covered: BaseGeometry
    hot_spots: HotSpots
    zones: tuple[Zone, ...]
    coverage: Zone
    cameras: tuple[Camera, ...]


def lay_out(city: City) -> Layout:
    """The same settings give the same geography."""
    plane = Plane(city.longitude, city.latitude)
    outline = _outline(city)
    cells = _cells(city, outline)
    focus = Point(-0.1 * city.width_m, -0.05 * city.height_m)
    nearest = sorted(range(len(cells)), key=lambda index: (cells[index].centroid.distance(focus), index))
    chosen = sorted(nearest[: city.coverage_zone_count])
    covered = shapely.union_all([cells[index] for index in chosen])
    hot_spots = _hot_spots(city, covered)
    zones = tuple(
        Zone(name=_zone_name(index), kind=ZoneKind.NEIGHBORHOOD, geometry=_in_degrees(cell, plane))
        for index, cell in enumerate(cells)
    )
    coverage = Zone(
        name=f"{city.name} acoustic coverage",
        kind=ZoneKind.COVERAGE,
        geometry=shapely.union_all([zones[index].geometry for index in chosen]),
    )
    return Layout(
        plane=plane,
        outline=outline,
        covered=covered,
        hot_spots=hot_spots,
        zones=zones,
        coverage=coverage,
        cameras=_cameras(city, plane, outline, hot_spots),
    )


def scatter(
    rng: np.random.Generator, count: int, hot_spots: HotSpots, hot_share: float, within: BaseGeometry
) -> tuple[Floats, Floats]:
    """Points (metres east, north) inside a shape: a share normal around the hot spots, the rest uniform."""
    shapely.prepare(within)
    east, north = np.empty(count), np.empty(count)
    filled = 0
    while filled < count:
        tried = int((count - filled) * 1.25) + 64
        near = np.flatnonzero(rng.random(tried) < hot_share)
        west_m, south_m, east_m, north_m = within.bounds
        x = rng.uniform(west_m, east_m, tried)
        y = rng.uniform(south_m, north_m, tried)
        spot = rng.choice(len(hot_spots.share), near.size, p=hot_spots.share)
        x[near] = hot_spots.east_m[spot] + hot_spots.sigma_m[spot] * rng.standard_normal(near.size)
        y[near] = hot_spots.north_m[spot] + hot_spots.sigma_m[spot] * rng.standard_normal(near.size)
        inside = np.flatnonzero(shapely.contains_xy(within, x, y))[: count - filled]
        east[filled : filled + inside.size] = x[inside]
        north[filled : filled + inside.size] = y[inside]
        filled += inside.size
    return east, north


def _outline(city: City) -> Polygon:
    """A box with a bent shore on its east side."""
    half_width, half_height = city.width_m / 2, city.height_m / 2
    north = np.linspace(-half_height, half_height, 25)
    inland = 0.04 + 0.035 * np.sin(north / half_height * 4.1) + 0.02 * np.sin(north / half_height * 11 + 1)
    shore = [
        (float(half_width - city.width_m * max(bay, 0)), float(y))
        for bay, y in zip(inland, north, strict=True)
    ]
    return Polygon([(-half_width, half_height), (-half_width, -half_height), *shore])


def _cells(city: City, outline: Polygon) -> list[BaseGeometry]:
    """Voronoi cells, evened out (Lloyd 1982) and cut at the outline: they tile the city."""
    rng = stream(city.layout_seed, "zones")
    half_width, half_height = city.width_m / 2, city.height_m / 2
    points = rng.uniform((-half_width, -half_height), (half_width, half_height), (city.zone_count, 2))
    for _ in range(RELAXATIONS + 1):
        diagram = shapely.voronoi_polygons(MultiPoint(points), extend_to=outline, ordered=True)
        cells = [cell.intersection(outline) for cell in diagram.geoms]
        cells = [cell for cell in cells if not cell.is_empty]
        points = np.array([(cell.centroid.x, cell.centroid.y) for cell in cells])
    return cells


def _hot_spots(city: City, covered: BaseGeometry) -> HotSpots:
    """All within the coverage: that is where cities pay for it."""
    rng = stream(city.layout_seed, "hot spots")
    nowhere = HotSpots(east_m=np.zeros(1), north_m=np.zeros(1), sigma_m=np.ones(1), share=np.ones(1))
    east_m, north_m = scatter(rng, city.hot_spot_count, nowhere, 0.0, covered)
    sigma_m = city.hot_spot_sigma_m * rng.uniform(0.6, 1.4, city.hot_spot_count)
    return HotSpots(
        east_m=east_m,
        north_m=north_m,
        sigma_m=sigma_m,
        share=rng.dirichlet(np.full(city.hot_spot_count, 3.0)),
    )


def _cameras(city: City, plane: Plane, outline: Polygon, hot_spots: HotSpots) -> tuple[Camera, ...]:
    rng = stream(city.layout_seed, "cameras")
    east_m, north_m = scatter(rng, city.camera_count, hot_spots, 0.6, outline)
    longitude, latitude = plane.to_degrees(east_m, north_m)
    names = addresses(plane, longitude, latitude)
    directions = rng.integers(0, 72, city.camera_count) * 5.0
    views = rng.choice([60.0, 90.0, 120.0, 360.0], city.camera_count)
    ranges = rng.choice([60.0, 100.0, 150.0], city.camera_count)
    retentions = rng.choice([14, 30, 60], city.camera_count)
    return tuple(
        Camera(
            external_id=f"CAM{index + 1:03d}",
            name=names[index] or "",
            longitude=float(longitude[index]),
            latitude=float(latitude[index]),
            direction_deg=float(directions[index]),
            field_of_view_deg=float(views[index]),
            range_m=float(ranges[index]),
            retention_days=int(retentions[index]),
            contact="camera desk, extension 0100",
        )
        for index in range(city.camera_count)
    )


def _zone_name(index: int) -> str:
    return ZONE_NAMES[index] if index < len(ZONE_NAMES) else f"District {index + 1}"


def _in_degrees(cell: BaseGeometry, plane: Plane) -> BaseGeometry:
    def degrees(metres: Floats) -> Floats:
        return np.column_stack(plane.to_degrees(metres[:, 0], metres[:, 1]))

    return shapely.transform(cell, degrees)
