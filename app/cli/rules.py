"""`earshot rules`: the parameters and the background that decide. Nothing takes effect before `use`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.opening import open_workplace, read_text
from app.cli.options import Json, SomeFile
from app.cli.printing import local, note, print_facts, print_json, print_table

if TYPE_CHECKING:
    from app.rules.store import RulesInForce

Version = Annotated[str | None, typer.Argument(metavar="VERSION", help="A version; else the one in force.")]
VersionOrFile = Annotated[
    str, typer.Argument(metavar="VERSION|FILE", help="A stored version, or a file of parameters.")
]


def register(app: typer.Typer) -> None:
    """Add the group `rules`."""
    group = typer.Typer(
        no_args_is_help=True, help="Look at what decides the verdicts, fit it, and change it."
    )
    group.command(epilog="Example: earshot rules show --json")(show)
    group.command("list", epilog="Example: earshot rules list")(list_)
    group.command(epilog="Example: earshot rules check rules.toml")(check)
    group.command(epilog="Example: earshot rules background")(background)
    group.command(epilog="Example: earshot rules fit")(fit)
    group.command(epilog="Example: earshot rules use r-3bc44ac8d996")(use)
    app.add_typer(group, name="rules")


def show(version: Version = None, as_json: Json = False) -> None:
    """Show the rules in force, or a version: parameters and background."""
    with open_workplace() as place:
        from app.rules.store import find_rules, rules_now

        with place.database.read() as session:
            rules = rules_now(session) if version is None else find_rules(session, version)
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


def list_(as_json: Json = False) -> None:
    """List every stored version, the newest first."""
    with open_workplace() as place:
        from app.rules.store import list_rules

        with place.database.read() as session:
            versions = list_rules(session)
        zone = place.settings.zone
    if as_json:
        print_json({"rules": versions})
        return
    if not versions:
        print("No rules are stored yet; the defaults decide. `earshot rules show` shows them.")
        return
    print_table(
        ("version", "in force", "last put in force", "made", "background", "calls"),
        (
            (
                each["version"],
                "yes" if each["in_force"] else "",
                None if each["effective_at"] is None else local(each["effective_at"], zone),
                local(each["created_at"], zone),
                each["basis"] or "assumed",
                each["calls"],
            )
            for each in versions
        ),
        right="calls",
    )


def check(file: SomeFile, as_json: Json = False) -> None:
    """Say whether a file of parameters (TOML or JSON) can apply, and what it would change. Stores nothing."""
    with open_workplace() as place:
        from app.rules.documents import differences, read_rules
        from app.rules.store import assemble, rules_now

        parameters = read_rules(read_text(file))
        with place.database.read() as session:
            now = rules_now(session)
        rules = assemble(parameters, now.background if now.has_fitted_background else None)
    changed = differences(now.parameters, parameters)
    if as_json:
        print_json({"version": rules.version, "in_force": now.version, "changes": _changes(changed)})
        return
    print(f"These rules can apply; they are version {rules.version}, with the background in force.")
    _print_differences(changed, now.version)
    print(
        f"See what they would change with `earshot correlate --dry-run --rules {file}`;"
        f" `earshot rules use {file}` puts them in force."
    )


def background(as_json: Json = False) -> None:
    """Fit a background anew, from all calls less those that shootings explain, and store it as a version."""
    with open_workplace() as place:
        from app.rules.store import rules_now, store_rules
        from app.worker.history import fit_from, load_history

        note("Reading the calls and fitting; on millions of calls this takes minutes.")
        with place.database.read() as session:
            now = rules_now(session)
            fitted = fit_from(session, load_history(session), now.parameters, place.settings.time_zone)
        if fitted.calls == 0:
            from app.core.errors import NotReadyError

            raise NotReadyError("there are too few located calls, or no covered time, to fit a background to")
        with place.database.write() as session:
            rules = store_rules(session, now.parameters, fitted, now=place.clock())
    if as_json:
        print_json({"version": rules.version, "in_force": now.version, "calls": fitted.calls})
        return
    print(f"Fitted a background from {fitted.calls:,} calls: {fitted.basis}.")
    _print_rates(now, rules)
    _print_next(rules.version, now.version)


def fit(as_json: Json = False) -> None:
    """Fit the parameters to the agency's own records, without labels, and store them as a version."""
    with open_workplace() as place:
        from app.correlation.fit import TooFewReportsError, fit_parameters
        from app.rules.documents import differences
        from app.rules.store import rules_now, store_rules
        from app.worker.dry_run import compare
        from app.worker.history import load_history, wholly_covered

        with place.database.read() as session:
            now = rules_now(session)
            history = wholly_covered(load_history(session), now.parameters)
            try:
                rounds = list(fit_parameters(history.alerts, history.calls, now.background, now.parameters))
            except TooFewReportsError as error:
                from app.core.errors import NotReadyError

                raise NotReadyError(str(error)) from error
        fitted = now.background if now.has_fitted_background else None
        with place.database.write() as session:
            rules = store_rules(session, rounds[-1].parameters, fitted, now=place.clock())
        with place.database.read() as session:
            comparison = compare(
                session, rules, place.clock(), from_at=None, through_at=None, progress=lambda *_: None
            ).document()
    changed = differences(now.parameters, rules.parameters)
    if as_json:
        print_json(
            {
                "version": rules.version,
                "in_force": now.version,
                "alerts": len(history.alerts),
                "rounds": len(rounds),
                "expected_reports": rounds[-1].reports,
                "changes": _changes(changed),
                "verdicts": comparison,
            }
        )
        return
    print(
        f"Fitted in {len(rounds)} rounds to {len(history.alerts):,} alerts and about"
        f" {rounds[-1].reports:,.0f} reporting calls."
    )
    _print_differences(changed, now.version)
    print_comparison(comparison)
    _print_next(rules.version, now.version)


def use(version_or_file: VersionOrFile, as_json: Json = False) -> None:
    """Put rules in force; every alert is then judged again by the worker, or by `earshot correlate`."""
    with open_workplace() as place:
        from app.rules.store import rules_in_force, use_rules

        with place.database.write() as session:
            before = rules_in_force(session, place.clock())
            version = _version(session, version_or_file, before, place.clock())
            rules = use_rules(session, version, actor=place.actor, now=place.clock())
    if as_json:
        print_json({"version": rules.version, "before": before.version})
        return
    if rules.version == before.version:
        print(f"Rules {rules.version} were in force already; every alert is judged again.")
        return
    print(
        f"Rules {rules.version} are in force, instead of {before.version}. A running worker judges every"
        " alert again; without one, run `earshot correlate`."
    )


def chosen_rules(session: Any, version_or_file: str | None) -> "RulesInForce":
    """The rules that an option names, unstored where it is a file; None: those in force."""
    from app.rules.documents import read_rules
    from app.rules.store import assemble, find_rules, rules_now

    now = rules_now(session)
    if version_or_file is None:
        return now
    file = _file(version_or_file)
    if file is None:
        return find_rules(session, version_or_file)
    return assemble(read_rules(read_text(file)), now.background if now.has_fitted_background else None)


def print_comparison(document: dict[str, Any]) -> None:
    """Which verdicts other rules would change."""
    new = f", and {document['new']:,} have not been judged yet" if document["new"] else ""
    print(
        f"Of {document['incidents']:,} incidents {document['unchanged']:,} would keep their verdict and"
        f" {document['regrouped']:,} would be made of other alerts{new}."
    )
    if document["changes"]:
        print_table(
            ("from", "to", "incidents", "for example"),
            (
                (
                    change["from"],
                    change["to"],
                    change["count"],
                    ", ".join(_example(example) for example in change["examples"]),
                )
                for change in document["changes"]
            ),
            right="incidents",
        )


def _example(example: dict[str, Any]) -> str:
    from app.incidents.words import probability

    before, after = example["probability_before"], example["probability_after"]
    return f"{example['number']} (P {probability(before) or '–'} → {probability(after) or '–'})"


def _version(session: Any, version_or_file: str, before: "RulesInForce", now: Any) -> str:
    """The version to use; a file's parameters become one, with the background in force."""
    file = _file(version_or_file)
    if file is None:
        return version_or_file
    from app.rules.documents import read_rules
    from app.rules.store import store_rules

    fitted = before.background if before.has_fitted_background else None
    return store_rules(session, read_rules(read_text(file)), fitted, now=now).version


def _file(version_or_file: str) -> Path | None:
    """The file that is meant, there or not; None: a version, which has neither an ending nor a folder."""
    path = Path(version_or_file)
    return path if path.is_file() or path.suffix or len(path.parts) > 1 else None


def _changes(changed: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    return {name: {"from": before, "to": after} for name, (before, after) in changed.items()}


def _print_differences(changed: dict[str, tuple[Any, Any]], in_force: str) -> None:
    if not changed:
        print(f"Their parameters are those in force ({in_force}).")
        return
    print_table(
        ("parameter", "in force", "here"),
        ((name, f"{before:.4g}", f"{after:.4g}") for name, (before, after) in changed.items()),
        right="here",
    )


def _print_rates(before: "RulesInForce", after: "RulesInForce") -> None:
    per_day = 1e6 * 86_400
    print_table(
        ("nature", "calls per km2 and day in force", "here"),
        (
            (nature, f"{before.background.rate_s_m2[nature] * per_day:.3g}", f"{rate * per_day:.3g}")
            for nature, rate in after.background.rate_s_m2.items()
        ),
        right="here",
    )


def _print_next(version: str, in_force: str) -> None:
    if version == in_force:
        print(f"These are the rules in force already ({version}).")
        return
    print(
        f"Stored as {version}; {in_force} stays in force. See what it would change with"
        f" `earshot correlate --dry-run --rules {version}`; `earshot rules use {version}` puts it in force."
    )
