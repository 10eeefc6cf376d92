"""What commands about many incidents share: periods to compare, and how figures are spelled."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.times import read_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

CompareFrom = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Start of an earlier period to compare with; with --compare-to."),
]
CompareTo = Annotated[
    str | None, typer.Option(metavar="TIME", help="Its end, not part of it; at or before --from.")
]


def percent(value: float | None) -> str | None:
    """A share, or None."""
    return None if value is None else f"{value:.1%}"


def points(value: float | None) -> str | None:
    """A difference of shares in points, with its sign."""
    return None if value is None else f"{value * 100:+.1f}"


def interval(figures: "Mapping[str, Any]", shown: Any = percent) -> str | None:
    """An interval's two bounds; None where either is not known."""
    low, high = figures.get("low"), figures.get("high")
    return None if low is None or high is None else f"{shown(low)} to {shown(high)}"


def duration(seconds: float | None) -> str | None:
    """Minutes and seconds, with a sign where it is negative."""
    if seconds is None:
        return None
    whole = round(abs(seconds))
    return f"{'-' if seconds < 0 and whole else ''}{whole // 60}:{whole % 60:02}"


def times(
    zone: "ZoneInfo", from_: str | None, to: str | None, compare_from: str | None, compare_to: str | None
) -> dict[str, Any]:
    """The four ends of two periods, read."""
    return {
        "from": read_time(from_, zone, "--from"),
        "to": read_time(to, zone, "--to"),
        "compare_from": read_time(compare_from, zone, "--compare-from"),
        "compare_to": read_time(compare_to, zone, "--compare-to"),
    }


def words(given: "Iterable[Any] | None") -> tuple[str, ...] | None:
    """The words of an option that may be repeated."""
    return tuple(word.value for word in given) if given else None


def given(**values: Any) -> dict[str, Any]:
    """What was given."""
    return {name: value for name, value in values.items() if value is not None}


def check_word(name: str, text: str | None, parameters: "Iterable[Any]") -> None:
    """Refuse a word that the route would refuse, in the same words."""
    if text is None:
        return
    parameter = next(item for item in parameters if item.name == name)
    try:
        parameter.read(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=f"--{name.replace('_', '-')}") from error
