"""The shots of each account on one axis of time. Pure: data in, SVG out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.incidents.report.svg import Labels, drawing, line, shortened, words

_WIDTH, _LANE, _LEFT, _RIGHT, _TOP = 690.0, 58.0, 145.0, 24.0, 14.0
_STEPS_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_MOST_TICKS = 12
_INK, _SHOT, _GRID = "#1d1d1f", "#b3261e", "#c9c9c6"


def draw_sequence(accounts: Sequence[Mapping[str, Any]], started_at: str, *, title: str, text: str) -> str:
    """A lane for each account that lists shots, a mark for each shot, numbered as far as there is room."""
    lanes = [account for account in accounts if account["shots"]]
    beginning = datetime.fromisoformat(started_at)
    offsets = [[_offset_s(shot, beginning) for shot in account["shots"]] for account in lanes]
    first_s = min(0.0, *(lane[0] for lane in offsets))
    last_s = max(first_s + 0.5, *(lane[-1] for lane in offsets))
    scale = (_WIDTH - _LEFT - _RIGHT) / (last_s - first_s)
    height = _TOP + _LANE * len(lanes) + 34
    labels = Labels(_WIDTH, height)
    parts = list(_axis(first_s, last_s, scale, height))
    for place, (account, lane) in enumerate(zip(lanes, offsets, strict=True)):
        base = _TOP + _LANE * (place + 1) - 14
        parts += _lane(account, [_LEFT + (offset - first_s) * scale for offset in lane], base, labels)
    return drawing("sequence", _WIDTH, height, parts, title=title, text=text)


def _offset_s(shot: Mapping[str, Any], beginning: datetime) -> float:
    return (datetime.fromisoformat(shot["at"]) - beginning).total_seconds()


def _lane(account: Mapping[str, Any], places: Sequence[float], base: float, labels: Labels) -> Iterator[str]:
    yield words("ink", (6, base - 14), f"Account {account['label']}", 12, fill=_INK, font_weight="bold")
    yield words("ink", (6, base), shortened(account["provenance"].replace("_", " "), 22), 10, fill=_INK)
    yield line("axis", [(_LEFT, base), (_WIDTH - _RIGHT, base)], stroke=_INK, stroke_width=0.8)
    for shot, x in zip(account["shots"], places, strict=True):
        yield line("tick", [(x, base - 18), (x, base)], stroke=_SHOT, stroke_width=1.6)
        text = str(shot["number"])
        at = labels.place((x, base - 20), text, 10, 3)
        if at is not None:
            yield words("shot-name", at, text, 10, fill=_INK)


def _axis(first_s: float, last_s: float, scale: float, height: float) -> Iterator[str]:
    step_s = next((step for step in _STEPS_S if (last_s - first_s) / step <= _MOST_TICKS), _STEPS_S[-1])
    bottom = height - 30
    tick = int(first_s / step_s)
    while tick * step_s <= last_s + 1e-9:
        if tick * step_s >= first_s:
            x = _LEFT + (tick * step_s - first_s) * scale
            yield line("grid", [(x, _TOP), (x, bottom)], stroke=_GRID, stroke_width=0.6)
            text = f"{tick * step_s:g} s"
            yield words("ink", (x, bottom + 13), text, 10, fill=_INK, text_anchor="middle")
        tick += 1
    yield words(
        "ink",
        ((_LEFT + _WIDTH - _RIGHT) / 2, height - 4),
        "seconds after the incident's first shot",
        10,
        fill=_INK,
        text_anchor="middle",
    )
