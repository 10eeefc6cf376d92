"""What becomes of one element of a feed: a record, nothing on purpose, or a refusal with reasons."""

from dataclasses import dataclass
from typing import Any

from app.domain.records import FieldProblem, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A usable record. `warnings` name the fields that became null; `raw` is what may be stored of it.

    `ordinal` counts elements from 0, `line` is the physical line of a text file, from 1, where known.
    """

    ordinal: int
    line: int | None
    record: Record
    warnings: tuple[FieldProblem, ...]
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An element that the mapping's `where` leaves out."""

    ordinal: int
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An element that cannot be identified or placed in time; `raw` is kept for a person to look at."""

    ordinal: int
    line: int | None
    external_id: str | None
    errors: tuple[FieldProblem, ...]
    raw: bytes


Result = Parsed | Skipped | Refused


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One line or element of a body that could not be read; in the list where its value would have been."""

    reason: str
    raw: bytes
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element of a file: a `value`, or the `problem` that kept it from being read and its `raw` bytes."""

    ordinal: int
    line: int | None
    value: Any = None
    problem: str | None = None
    raw: bytes | None = None
