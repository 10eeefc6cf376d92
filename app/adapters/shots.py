"""The single rounds of an alert."""

from typing import Any

from app.adapters.convert import number, ranged
from app.adapters.errors import Unusable
from app.adapters.position import locate
from app.domain.records import FieldProblem, Shot

MAX_SHOTS = 1_000
MAX_OFFSET_S = 3_600.0
_offset = ranged(0.0, MAX_OFFSET_S, " s")


def read_shots(value: Any) -> tuple[tuple[Shot, ...] | None, list[FieldProblem]]:
    """Shots from a list of {offset_s, longitude?, latitude?}; a bad one is dropped and named by its index."""
    items = [value] if isinstance(value, dict) else value
    if not isinstance(items, list):
        return None, [FieldProblem(pointer="/shots", reason="must be a list of shots")]
    shots: list[Shot] = []
    problems: list[FieldProblem] = []
    if len(items) > MAX_SHOTS:
        problems.append(FieldProblem(pointer="/shots", reason=f"only the first {MAX_SHOTS} shots are kept"))
    for index, item in enumerate(items[:MAX_SHOTS]):
        try:
            shot, concerns = _read_shot(item)
        except Unusable as error:
            problems.append(FieldProblem(pointer=f"/shots/{index}", reason=f"dropped: {error}"))
            continue
        shots.append(shot)
        problems += [
            FieldProblem(pointer=f"/shots/{index}{concern.pointer}", reason=concern.reason)
            for concern in concerns
        ]
    return tuple(shots), problems


def _read_shot(item: Any) -> tuple[Shot, list[FieldProblem]]:
    if not isinstance(item, dict):
        raise Unusable("is not an object")
    if item.get("offset_s") is None:
        raise Unusable("offset_s is missing")
    try:
        offset_s = _offset(item["offset_s"])
    except Unusable as error:
        raise Unusable(f"offset_s {error}") from error
    degrees: dict[str, float | None] = {}
    problems = []
    for name in ("longitude", "latitude"):
        given = item.get(name)
        try:
            degrees[name] = None if given is None or given == "" else number(given)
        except Unusable as error:
            degrees[name] = None
            problems.append(FieldProblem(pointer=f"/{name}", reason=str(error)))
    (longitude, latitude), concerns = locate(degrees["longitude"], degrees["latitude"], None)
    return Shot(offset_s=offset_s, longitude=longitude, latitude=latitude), problems + concerns
