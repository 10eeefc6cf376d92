"""`earshot simulate`: a made-up city as files."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.opening import quiet_settings, read_text
from app.cli.options import Json
from app.cli.printing import print_json, print_table
from app.cli.times import need_time

DEFAULT_START = "2026-06-01"


def register(app: typer.Typer) -> None:
    """Add `simulate`."""
    app.command(epilog="Example: earshot simulate --out var/city --days 7 --seed 42")(simulate)


def simulate(
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Where the files go; those there are overwritten.", show_default=False
        ),
    ],
    city: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The city's settings as TOML; by default the city of the demo."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 1,
    start: Annotated[
        str, typer.Option(metavar="TIME", help="First instant: a time with an offset, or a date in the city.")
    ] = DEFAULT_START,
    days: Annotated[float, typer.Option(min=0.01, max=3660, help="How long it lasts.")] = 30,
    as_json: Json = False,
) -> None:
    """Write a simulated city's alerts, calls, places and the truth as files."""
    from zoneinfo import ZoneInfo

    quiet_settings()
    from app.simulate import CITY_DEFAULT, City, CityError, write_files
    from app.simulate import simulate as simulate_city

    try:
        chosen = CITY_DEFAULT if city is None else City.from_toml(read_text(city))
    except CityError as error:
        raise CityError(f"{city}: {error}") from error
    begin = need_time(start, ZoneInfo(chosen.time_zone), "--start")
    simulation = simulate_city(chosen, seed=seed, start=begin, days=days)
    files = write_files(simulation, out)
    paths = {name: getattr(files, name) for name in files.__dataclass_fields__}
    if as_json:
        print_json(
            {
                "city": chosen.name,
                "seed": seed,
                "from": simulation.start,
                "to": simulation.end,
                "alerts": simulation.alerts.count,
                "calls": simulation.calls.count,
                "files": {name: str(path) for name, path in paths.items()},
            }
        )
        return
    print(
        f"{chosen.name}, {days:g} days from {start}, seed {seed}:"
        f" {simulation.alerts.count:,} alerts, {simulation.calls.count:,} calls."
    )
    print_table(("file", "path"), ((name, str(path)) for name, path in paths.items()))
    print("Next: earshot source add sensors --kind alerts --mapping preset:generic-alerts-ndjson")
    print(f"      earshot import alerts {files.alerts} --source sensors")
