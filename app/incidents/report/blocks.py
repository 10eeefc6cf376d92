"""What a report's page is made of, whatever the form: texts, tables and drawings. No markup in any text."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.incidents.words import seconds

NOT_TOLD = "not told"
NUMBERS = "right"
TEXTS = "left"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of text."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Listing:
    """Sentences, one below the other."""

    items: tuple[str, ...]
    kind: str = "list"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside of a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, which way it leans, and its share of the width."""

    title: str
    share: float = 1.0
    align: str = TEXTS


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; every row as long as the columns are many."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing as SVG with its caption and the text that stands for it."""

    name: str
    caption: str
    text: str
    svg: str
    kind: str = "drawing"


Block = Paragraph | Listing | Heading | Table | Drawing


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report under a heading of its own."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that is shown, in order. `verdict` is the word, `reason` why, `notes` stand below them."""

    title: str
    verdict: str
    reason: str
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    footer: str


def rewritten(page: Page, rewrite: Callable[[str, bool], str]) -> dict[str, Any]:
    """The page as plain values, each text written anew; `rewrite` is told whether it is a drawing."""

    def anew(value: Any, name: str = "") -> Any:
        if isinstance(value, str):
            return rewrite(value, name == "svg")
        if isinstance(value, dict):
            return {key: anew(item, key) for key, item in value.items()}
        return [anew(item) for item in value] if isinstance(value, list | tuple) else value

    told: dict[str, Any] = anew(asdict(page))
    return told


def by_number(character: re.Match[str]) -> str:
    """A character that cannot be shown, or must not do what it does, as [U+202E]."""
    return f"[U+{ord(character[0]):04X}]"


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Table:
    """A table of values; what is null is said to be not told."""
    return Table(caption, tuple(columns), tuple(tuple(shown(value) for value in row) for row in rows))


def facts(caption: str, rows: Iterable[tuple[str, Any]]) -> Table:
    """Names and values."""
    return table(caption, (Column("What", 1.0), Column("Value", 2.2)), rows)


def shown(value: Any) -> str:
    """A value for people."""
    if value is None or value == "":
        return NOT_TOLD
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{round(value, 6):,.10g}"
    return str(value)


def spaced(word: str | None) -> str | None:
    """A word of the vocabulary as people write it."""
    return None if word is None else word.replace("_", " ")


def metres(value: float | None, *, about: bool = False) -> str | None:
    """A length."""
    if value is None:
        return None
    return f"{'about ' if about else ''}{value:,.0f} m" if about or value >= 10 else f"{value:.1f} m"


def moment(text: str | None, zone: ZoneInfo, *, millis: bool = False) -> str | None:
    """An instant of the data in the agency's zone, with the zone's name so that no hour is meant twice."""
    if text is None:
        return None
    local = datetime.fromisoformat(text).astimezone(zone)
    return f"{local:%Y-%m-%d} {_of_day(local, millis=millis)} {local:%Z}"


def time_of_day(text: str, zone: ZoneInfo) -> str:
    """The same to the millisecond, without the day."""
    return _of_day(datetime.fromisoformat(text).astimezone(zone), millis=True)


def _of_day(local: datetime, *, millis: bool) -> str:
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}" if millis else f"{local:%H:%M:%S}"


def span(value: float | None) -> str | None:
    """A span of seconds, in hours or days where it is long."""
    if value is None:
        return None
    minutes = round(abs(value) / 60)
    if minutes < 60:
        return seconds(value)
    sign, days, rest = "−" if value < 0 else "", minutes // 1_440, minutes % 1_440
    hours = f"{rest // 60} h {rest % 60:02d} min"
    return f"{sign}{days} d {hours}" if days else f"{sign}{hours}"
