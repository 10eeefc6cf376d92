"""`earshot sensitivity`: how the share reported depends on the window alone."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.opening import open_workplace
from app.cli.options import AsOf, Json
from app.cli.printing import local, print_json, print_table
from app.cli.times import read_as_of, read_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from app.insight.sensitivity import Sensitivity

UNITS = ("incidents", "alerts")


def register(app: typer.Typer) -> None:
    """Add `sensitivity`."""
    app.command(epilog="Example: earshot sensitivity --unit alerts --nature shots_fired")(sensitivity)


def sensitivity(
    unit: Annotated[str, typer.Option(help="Count incidents or alerts.")] = "incidents",
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Start of the period: a time or a date.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Its end, not part of it.")] = None,
    nature: Annotated[
        str, typer.Option(help="Which calls count: our classes of nature, separated by commas.")
    ] = "shots_fired,shooting",
    zone: Annotated[str | None, typer.Option(help="Only alerts and calls inside this zone.")] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show how many incidents each fixed window would call reported, both ways, beside chance.

    Chance is the mean over the alerts shifted by -3, -2, -1, +1, +2 and +3 whole days.
    """
    if unit not in UNITS:
        raise typer.BadParameter(f"{unit!r} is neither {' nor '.join(UNITS)}", param_hint="--unit")
    with open_workplace() as place:
        from app.domain.vocabulary import Nature
        from app.insight.sensitivity import Question, measure_sensitivity
        from app.rules.store import rules_now

        try:
            natures = tuple(Nature(word.strip()) for word in nature.split(","))
        except ValueError as error:
            raise typer.BadParameter(
                f"{error}; there are {', '.join(Nature)}", param_hint="--nature"
            ) from error
        zone_of_time = place.settings.zone
        question = Question(
            unit=unit,
            from_at=read_time(from_, zone_of_time, "--from"),
            to_at=read_time(to, zone_of_time, "--to"),
            natures=natures,
            zone=zone,
        )
        with place.database.read(as_of=read_as_of(as_of, zone_of_time, place.clock())) as session:
            found = measure_sensitivity(session, question, rules_now(session))
    if as_json:
        print_json(found.document())
    else:
        _print(found, zone_of_time)


def _print(found: "Sensitivity", zone: "ZoneInfo") -> None:
    from app.correlation.sensitivity import SHIFTS_DAYS

    if found.denominator == 0:
        print("No located alerts in this period. Import some with `earshot import alerts`.")
        return
    if found.as_of is not None:
        print(f"As it was known at {local(found.as_of, zone)}")
    print(f"{local(found.from_at, zone)} to {local(found.to_at, zone)} ({zone.key})")
    natures = ", ".join(found.question.natures)
    print(f"{found.denominator:,} {found.question.unit}, {found.calls:,} calls of {natures}")
    print_table(
        ("minutes", "metres", "reported", "share", "by chance", "calls with an alert", "share of calls"),
        (
            (
                f"± {row.minutes}",
                row.radius_m,
                row.reported,
                f"{row.reported / found.denominator:.1%}",
                f"{row.chance_mean:.1f}",
                row.calls_with_alert,
                f"{row.calls_with_alert / found.calls:.1%}" if found.calls else None,
            )
            for row in found.rows
        ),
        right="minutes metres reported share",
    )
    covered = ", ".join(
        f"{days:+d} d {count:,}" for days, count in zip(SHIFTS_DAYS, found.shifted_into_covered, strict=True)
    )
    print(f"Shifted alerts that fell into covered time, of {found.alerts:,}: {covered}")
