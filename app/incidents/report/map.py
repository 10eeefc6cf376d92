"""The map of an incident, drawn from the report's data alone: no tiles, no service. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from app.domain.geodesy import EQUATORIAL_RADIUS_M, FLATTENING
from app.domain.sectors import DISC_SIGMAS
from app.incidents.report.svg import GROUND, Labels, Point, drawing, line, shape, shortened, words

WIDTH, HEIGHT, CLOSE_UP_HEIGHT = 690.0, 400.0, 250.0
_SCALES_M = (2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
_LEAST_CLOSE_UP_M = 5.0
_MOST_NUMBERED = 60
_ALERT, _CALL, _CAMERA, _ZONE, _INK = "#b3261e", "#0b5fa5", "#1b7a43", "#6b6b6b", "#1d1d1f"
_EVIDENCE = "#8a5a00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A label that something wants beside it, at a distance from its middle."""

    css: str
    at: Point
    text: str
    size: float
    away: float
    color: str
    style: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The plane of a drawing: metres around a point, at so many units a metre.

    `names` are written last, the first ones first, so that nothing is drawn over them.
    """

    longitude: float
    latitude: float
    units_per_m: float
    height: float = HEIGHT
    names: list[Name] = field(default_factory=list)
    kept: list[tuple[Point, float]] = field(default_factory=list)

    def point(self, longitude: float, latitude: float) -> Point:
        """Where a place lies in the drawing; exact enough for some kilometres."""
        sine = math.sin(math.radians(self.latitude))
        squared = FLATTENING * (2 - FLATTENING)
        across_m = EQUATORIAL_RADIUS_M / math.sqrt(1 - squared * sine**2)
        along_m = across_m * (1 - squared) / (1 - squared * sine**2)
        east = (longitude - self.longitude + 180.0) % 360.0 - 180.0
        x_m = math.radians(east) * across_m * math.cos(math.radians(self.latitude))
        y_m = math.radians(latitude - self.latitude) * along_m
        return WIDTH / 2 + x_m * self.units_per_m, self.height / 2 - y_m * self.units_per_m

    def units(self, metres: float) -> float:
        """A length in units of the drawing."""
        return metres * self.units_per_m


def draw_map(report: Mapping[str, Any], *, title: str, text: str) -> str:
    """Zones, calls' areas, cameras, the alerts' circles and the shots, around the incident."""
    extent = report["map"]["extent"]
    frame = Frame(
        longitude=extent["longitude"],
        latitude=extent["latitude"],
        units_per_m=HEIGHT / 2 / extent["reach_m"],
    )
    layers = [
        list(_evidence(frame, report["map"]["evidence"])),
        list(_alerts(frame, report["positions"], report["alerts"])),
        list(_calls(frame, report["calls"])),
        list(_cameras(frame, report["cameras"]["cameras"])),
        list(_zones(frame, report["map"]["zones"])),
    ]
    shapes = [part for layer in reversed(layers) for part in layer]
    return _framed("map", frame, [*shapes, *_dots(frame, report["shots"])], title=title, text=text)


def draw_close_up(account: Mapping[str, Any], *, title: str, text: str) -> str:
    """The shots of one account in order, numbered, each with its uncertainty where it is told."""
    located = [shot for shot in account["shots"] if shot["longitude"] is not None]
    longitude = (min(shot["longitude"] for shot in located) + max(shot["longitude"] for shot in located)) / 2
    latitude = (min(shot["latitude"] for shot in located) + max(shot["latitude"] for shot in located)) / 2
    height = CLOSE_UP_HEIGHT
    plane = Frame(longitude=longitude, latitude=latitude, units_per_m=1.0, height=height)
    reach_m = _LEAST_CLOSE_UP_M
    for shot in located:
        x, y = plane.point(shot["longitude"], shot["latitude"])
        margin_m = shot["uncertainty_m"] or 0.0
        reach_m = max(
            reach_m, (abs(x - WIDTH / 2) + margin_m) * height / WIDTH, abs(y - height / 2) + margin_m
        )
    frame = Frame(
        longitude=longitude, latitude=latitude, units_per_m=height / 2 / (reach_m * 1.2), height=height
    )
    parts = list(_sequence(frame, account["shots"]))
    return _framed(f"shots-{account['label'].lower()}", frame, parts, title=title, text=text)


def _zones(frame: Frame, zones: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for zone in zones:
        for outline in zone["outline"]:
            points = [frame.point(*place) for place in outline]
            dash = "2 4" if zone["kind"] == "coverage" else "9 4"
            yield line("zone", points, fill="none", stroke=_ZONE, stroke_width=1, stroke_dasharray=dash)
        at, text = frame.point(*zone["label"]), shortened(f"{zone['kind']}: {zone['name']}")
        style = {"font_style": "italic"}
        frame.names.append(Name(css="zone-name", at=at, text=text, size=10, away=4, color=_ZONE, style=style))


def _calls(frame: Frame, calls: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    cells: dict[tuple[float, ...], list[str]] = {}
    for call in calls:
        if call["area"] is not None:
            edges = tuple(call["area"][name] for name in ("west", "south", "east", "north"))
            cells.setdefault(edges, []).append(str(call["number"]))
    for (west, south, east, north), numbers in cells.items():
        corners = [
            frame.point(*corner) for corner in ((west, south), (east, south), (east, north), (west, north))
        ]
        yield line("call", corners, closed=True, fill=_CALL, fill_opacity=0.16, stroke=_CALL, stroke_width=1)
        middle = (corners[0][0] + corners[2][0]) / 2, (corners[0][1] + corners[2][1]) / 2
        away = abs(corners[0][1] - corners[2][1]) / 2 + 3
        text = shortened(f"call {', '.join(numbers)}", 24)
        frame.names.append(Name(css="call-name", at=middle, text=text, size=11, away=away, color=_CALL))


def _cameras(frame: Frame, cameras: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for camera in cameras:
        x, y = frame.point(camera["longitude"], camera["latitude"])
        yield from _sight(frame, (x, y), camera)
        if not (0 < x < WIDTH and 0 < y < frame.height):
            continue
        corners = [(x, y - 5), (x + 5, y + 4), (x - 5, y + 4)]
        yield line("camera", corners, closed=True, fill=_CAMERA)
        frame.kept.append(((x, y), 5.0))
        text = shortened(camera["external_id"], 20)
        frame.names.append(Name(css="camera-name", at=(x, y), text=text, size=10, away=8, color=_CAMERA))


def _sight(frame: Frame, at: Point, camera: Mapping[str, Any]) -> Iterator[str]:
    """The sector that a camera looks over; of one whose range is not known nothing is drawn."""
    view_deg, range_m, direction_deg = (
        camera[name] for name in ("field_of_view_deg", "range_m", "direction_deg")
    )
    if view_deg is None or range_m is None:
        return
    radius = frame.units(range_m)
    style: dict[str, object] = {"fill": _CAMERA, "fill_opacity": 0.14, "stroke": _CAMERA, "stroke_width": 0.8}
    if view_deg >= 360:
        yield shape("circle", "sight", cx=at[0], cy=at[1], r=radius, **style)
    elif direction_deg is not None:
        steps = max(2, math.ceil(view_deg / 10))
        bearings = [direction_deg - view_deg / 2 + view_deg * step / steps for step in range(steps + 1)]
        arc = [
            (at[0] + radius * math.sin(math.radians(turn)), at[1] - radius * math.cos(math.radians(turn)))
            for turn in bearings
        ]
        yield line("sight", [at, *arc], closed=True, **style)


def _alerts(
    frame: Frame, positions: Sequence[Mapping[str, Any]], alerts: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    names = {alert["id"]: alert["external_id"] for alert in alerts}
    for position in positions:
        x, y = frame.point(position["longitude"], position["latitude"])
        radius = max(frame.units(DISC_SIGMAS * position["uncertainty_m"]), 2.0)
        dashes = {"stroke_dasharray": "5 3"} if position["uncertainty_assumed"] else {}
        yield shape(
            "circle",
            "alert",
            cx=x,
            cy=y,
            r=radius,
            fill=_ALERT,
            fill_opacity=0.12,
            stroke=_ALERT,
            stroke_width=1.4,
            **dashes,
        )
        for end in ((6, 0), (0, 6)):
            yield line(
                "alert",
                [(x - end[0], y - end[1]), (x + end[0], y + end[1])],
                stroke=_ALERT,
                stroke_width=1.4,
            )
        frame.kept.append(((x, y), min(radius, 40.0) * 0.8))
        text = shortened(f"alert {names.get(position['alert_id'], position['alert_id'])}", 24)
        style, away = {"font_weight": "bold"}, min(radius, 40.0) + 5
        frame.names.append(
            Name(css="alert-name", at=(x, y), text=text, size=11, away=away, color=_ALERT, style=style)
        )


def _evidence(frame: Frame, position: Mapping[str, Any] | None) -> Iterator[str]:
    """A diamond where evidence lay."""
    if position is None:
        return
    x, y = frame.point(position["longitude"], position["latitude"])
    corners = [(x, y - 7), (x + 6, y), (x, y + 7), (x - 6, y)]
    yield line("evidence", corners, closed=True, fill=_EVIDENCE, stroke=GROUND, stroke_width=1)
    frame.kept.append(((x, y), 6.0))
    frame.names.append(
        Name(css="evidence-name", at=(x, y), text="evidence", size=11, away=9, color=_EVIDENCE)
    )


def _dots(frame: Frame, accounts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for account in accounts:
        for shot in account["shots"]:
            if shot["longitude"] is not None:
                x, y = frame.point(shot["longitude"], shot["latitude"])
                yield shape("circle", "shot", cx=x, cy=y, r=2, fill=_INK)


def _sequence(frame: Frame, shots: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Circles of uncertainty, a thin line from each shot to the next that has a place, numbered dots."""
    placed = [
        (shot, frame.point(shot["longitude"], shot["latitude"]))
        for shot in shots
        if shot["longitude"] is not None
    ]
    for shot, (x, y) in placed:
        if shot["uncertainty_m"] is not None:
            radius = frame.units(shot["uncertainty_m"])
            yield shape(
                "circle",
                "doubt",
                cx=x,
                cy=y,
                r=radius,
                fill="none",
                stroke=_ALERT,
                stroke_width=0.6,
                stroke_opacity=0.5,
            )
    for (earlier, start), (later, end) in pairwise(placed):
        if later["number"] == earlier["number"] + 1:
            yield line("order", [start, end], stroke=_ZONE, stroke_width=0.8)
    for _, (x, y) in placed:
        yield shape("circle", "shot", cx=x, cy=y, r=3, fill=_INK)
        frame.kept.append(((x, y), 4.0))
    every = math.ceil(len(placed) / _MOST_NUMBERED) if placed else 1
    for place, (shot, at) in enumerate(placed):
        if place % every == 0 or place == len(placed) - 1:
            text, style = str(shot["number"]), {"font_weight": "bold"}
            frame.names.append(
                Name(css="shot-name", at=at, text=text, size=11, away=6, color=_INK, style=style)
            )


def _names(frame: Frame) -> Iterator[str]:
    """The labels for which there is room, without one on another, on a mark, or in the corners."""
    labels = Labels(WIDTH, frame.height)
    labels.take(0, frame.height - 34, 230, frame.height)
    labels.take(WIDTH - 40, 0, WIDTH, 56)
    for (x, y), half in frame.kept:
        labels.take(x - half, y - half, x + half, y + half)
    for name in frame.names:
        at = labels.place(name.at, name.text, name.size, name.away)
        if at is not None:
            yield words(name.css, at, name.text, name.size, fill=name.color, **name.style)


def _framed(name: str, frame: Frame, parts: list[str], *, title: str, text: str) -> str:
    inside = "".join([*parts, *_names(frame)])
    clip = f'<clipPath id="{name}-frame"><rect width="{WIDTH:.0f}" height="{frame.height:.0f}"/></clipPath>'
    return drawing(
        name,
        WIDTH,
        frame.height,
        [
            f"<defs>{clip}</defs>",
            shape("rect", "ground", width=WIDTH, height=frame.height, fill=GROUND),
            f'<g clip-path="url(#{name}-frame)">{inside}</g>',
            *_scale_bar(frame),
            *_north(),
            shape(
                "rect",
                "frame",
                x=0.5,
                y=0.5,
                width=WIDTH - 1,
                height=frame.height - 1,
                fill="none",
                stroke=_INK,
                stroke_width=1,
            ),
        ],
        title=title,
        text=text,
    )


def _scale_bar(frame: Frame) -> Iterator[str]:
    length_m = max([metres for metres in _SCALES_M if frame.units(metres) <= 170] or [_SCALES_M[0]])
    left, base, length = 14.0, frame.height - 14, frame.units(length_m)
    ends = [(left, base - 6), (left, base), (left + length, base), (left + length, base - 6)]
    yield line("scale", ends, fill="none", stroke=_INK, stroke_width=1.6)
    told = f"{length_m:,} m" if length_m < 1_000 else f"{length_m / 1_000:g} km"
    yield words("ink", (left + length + 6, base), told, 11, fill=_INK)


def _north() -> Iterator[str]:
    x = WIDTH - 22
    arrow = [(x, 12.0), (x + 7, 34.0), (x, 29.0), (x - 7, 34.0)]
    yield line("ink", arrow, closed=True, fill=_INK)
    yield words("ink", (x - 4, 47), "N", 12, fill=_INK, font_weight="bold")
