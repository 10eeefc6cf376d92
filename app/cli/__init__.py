"""The command `earshot`: one module per group of commands, heavy imports only inside them."""

from typing import Annotated

import typer

from app.cli import (
    audit,
    correlating,
    db,
    demo,
    describing,
    exporting,
    importing,
    incidents,
    insight,
    key,
    missed,
    rejects,
    report,
    rules,
    sensitivity,
    serving,
    simulating,
    source,
)
from app.cli.edge import EarshotGroup

app = typer.Typer(
    name="earshot",
    cls=EarshotGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Example: earshot serve, then earshot source add --help for the first feed.",
)

# The order here is the order in `earshot --help`. Each module registers its own command or group.
for _module in (
    demo,
    serving,
    source,
    key,
    importing,
    correlating,
    incidents,
    report,
    exporting,
    missed,
    insight,
    sensitivity,
    rules,
    rejects,
    audit,
    simulating,
    describing,
    db,
):
    _module.register(app)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"earshot {version('earshot')}")
        raise typer.Exit


@app.callback()
def earshot(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Hears gunfire nobody reported: acoustic alerts matched against 911 calls, with the evidence."""
    del version


def main() -> None:
    """Run the command line; what `earshot` calls."""
    app(prog_name="earshot")
