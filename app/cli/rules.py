"""`earshot rules`: the parameters and the background that decide."""

import typer

from app.cli.opening import open_workplace
from app.cli.options import Json
from app.cli.printing import print_facts, print_json, print_table


def register(app: typer.Typer) -> None:
    """Add the group `rules`."""
    group = typer.Typer(no_args_is_help=True, help="Look at what decides the verdicts.")
    group.command(epilog="Example: earshot rules show --json")(show)
    app.add_typer(group, name="rules")


def show(as_json: Json = False) -> None:
    """Show the rules in force: their version, parameters and background."""
    with open_workplace() as place:
        from app.rules.store import rules_now

        with place.database.read() as session:
            rules = rules_now(session)
    parameters = rules.parameters.to_document()
    background = rules.background
    if as_json:
        print_json(
            {
                "version": rules.version,
                "parameters": parameters,
                "background": {**background.to_document(), "fitted": rules.has_fitted_background},
            }
        )
        return
    print_facts(
        [
            ("version", rules.version),
            ("background", background.basis),
            ("fitted from", f"{background.calls:,} calls" if rules.has_fitted_background else None),
            ("area", f"{background.area_m2 / 1e6:,.0f} km2" if background.area_m2 else None),
        ]
    )
    shares = parameters.pop("nature_share")
    print_table(
        ("parameter", "value"), ((name, f"{value:g}") for name, value in parameters.items()), right="value"
    )
    print_table(
        ("nature", "share of reporting calls", "background calls per km2 and day"),
        (
            (nature, f"{share:g}", f"{background.rate_s_m2[nature] * 1e6 * 86_400:.3g}")
            for nature, share in shares.items()
        ),
    )
