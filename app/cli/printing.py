"""What commands print: tables for people, one JSON document for scripts, notes on standard error."""

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from rich.console import Console

NOTHING = "–"
_WIDTH_OF_A_FILE = 200
# Feeds can hold what a terminal would obey; none of it is printed as it came.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def note(text: str) -> None:
    """A line for the person, on standard error so that it never mixes with the answer."""
    print(text, file=sys.stderr)


def print_json(document: Any) -> None:
    """The whole answer as one JSON document; times in UTC with milliseconds."""
    import orjson

    content = orjson.dumps(_as_json(document), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    print(content.decode())


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None, right: str = ""
) -> None:
    """A table; `right` names, by blanks between, the headings of columns of numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    numbers = right.split()
    for heading in headings:
        table.add_column(Text(heading), justify="right" if heading in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(value)) for value in row))
    if title is not None:
        print(f"{title}:")
    console().print(table)


def print_facts(facts: Iterable[tuple[str, Any]]) -> None:
    """Names and values, one a line; what is not known is left out."""
    known = [(name, value) for name, value in facts if value is not None]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        print(f"{name:<{width}}  {shown(value)}")


def shown(value: Any) -> str:
    """A value for people: nothing as a dash, truth as yes and no, without control characters."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return _CONTROL.sub("\ufffd", str(value))


def local(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant in the agency's zone, to the second."""
    return None if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def local_text(moment: str | None, zone: ZoneInfo) -> str | None:
    """The same of an instant as our documents spell it."""
    from app.domain.time import parse_instant

    return None if moment is None else local(parse_instant(moment), zone)


def console() -> "Console":
    """Standard output; a file or pipe is as wide as it needs to be."""
    from rich.console import Console

    fixed = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_FILE
    return Console(width=fixed, markup=False, emoji=False, highlight=False)


def _as_json(value: Any) -> Any:
    from app.domain.time import format_millis

    if isinstance(value, datetime):
        return format_millis(value)
    if is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    return value
