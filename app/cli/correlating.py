"""`earshot correlate`: every alert judged again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from app.cli.opening import Workplace, open_workplace
from app.cli.options import From, Json, To
from app.cli.printing import local, print_json
from app.cli.rules import chosen_rules, print_comparison
from app.cli.times import read_time


def register(app: typer.Typer) -> None:
    """Add `correlate`."""
    app.command(epilog="Example: earshot correlate --from 2026-07-01 --to 2026-08-01")(correlate)


def correlate(
    from_: From = None,
    to: To = None,
    rules: Annotated[
        str | None,
        typer.Option(metavar="VERSION|FILE", help="With --dry-run: judge by these rules."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which verdicts would change, and write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Judge alerts again, all or those of a period, fitting a background where there is none."""
    with open_workplace() as place:
        from app.core.errors import InvalidParameterError

        zone = place.settings.zone
        from_at, through_at = read_time(from_, zone, "--from"), read_time(to, zone, "--to")
        if from_at is not None and through_at is not None and from_at > through_at:
            raise InvalidParameterError("--from lies after --to")
        if rules is not None and not dry_run:
            raise InvalidParameterError(
                f"--rules only goes with --dry-run; `earshot rules use {rules}` puts rules in force"
            )
        if dry_run:
            _dry_run(place, rules, from_at, through_at, as_json=as_json)
            return
        from app.worker.everything import correlate as correlate_everything

        with _progress() as progress:
            done = correlate_everything(
                place.database,
                place.clock,
                place.settings.time_zone,
                from_at=from_at,
                through_at=through_at,
                actor=place.actor,
                progress=progress,
                follow_up_rounds=place.settings.follow_up_rounds,
            )
    empty = done.from_at is None or done.through_at is None or done.from_at > done.through_at
    if as_json:
        print_json(
            {
                "from": done.from_at,
                "to": done.through_at,
                "changed": done.changed,
                "rules_version": done.rules.version,
                "background": done.rules.background.basis,
                "background_fitted": done.fitted,
            }
        )
        return
    if empty:
        print("There are no alerts in this period; bring some with `earshot import alerts`.")
        return
    if done.fitted:
        print(f"Fitted a background from {done.rules.background.calls:,} calls.")
    print(
        f"{done.changed:,} incidents changed from {local(done.from_at, zone)} to"
        f" {local(done.through_at, zone)} ({zone.key}),"
        f" under rules {done.rules.version} ({done.rules.background.basis})."
    )


def _dry_run(
    place: Workplace,
    named: str | None,
    from_at: datetime | None,
    through_at: datetime | None,
    *,
    as_json: bool,
) -> None:
    from app.worker.dry_run import compare

    with place.database.read() as session, _progress() as progress:
        rules = chosen_rules(session, named)
        found = compare(
            session, rules, place.clock(), from_at=from_at, through_at=through_at, progress=progress
        ).document()
    if as_json:
        print_json({"rules_version": rules.version, **found})
        return
    print(f"Under rules {rules.version}, of which nothing was written:")
    print_comparison(found)


@contextmanager
def _progress() -> Iterator[Callable[[datetime, datetime, datetime], None]]:
    """A bar over the period, where somebody is looking."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _low, _high, _reached: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Correlating", total=None)

        def tell(low: datetime, high: datetime, reached: datetime) -> None:
            span_s = max((high - low).total_seconds(), 1.0)
            done_s = min(max((reached - low).total_seconds(), 0.0), span_s)
            bar.update(
                task, total=span_s, completed=done_s, description=f"Correlating {min(reached, high):%Y-%m-%d}"
            )

        yield tell
