"""`earshot source doctor`: call feeds that hold what the alerts themselves created."""

from typing import TYPE_CHECKING

import typer

from app.cli.opening import open_workplace
from app.cli.options import Json
from app.cli.printing import print_json, print_table, shown

if TYPE_CHECKING:
    from app.sources.doctor import Diagnosis


def register(group: typer.Typer) -> None:
    """Add `source doctor`."""
    group.command(epilog="Example: earshot source doctor")(doctor)


def doctor(as_json: Json = False) -> None:
    """Warn, with exit code 1, of call feeds that pass off the alerts' own records as citizens' calls."""
    with open_workplace() as place:
        from app.sources.doctor import diagnose

        with place.database.read() as session:
            diagnoses = diagnose(session)
    suspicious = [item for item in diagnoses if item.is_suspicious]
    if as_json:
        print_json({"sources": [_document(item) for item in diagnoses]})
    elif not diagnoses:
        print(
            "No call sources yet; add one with"
            " `earshot source add NAME --kind calls --mapping preset:generic-calls-json`."
        )
    else:
        _print(diagnoses)
        for item in suspicious:
            _warn(item)
        if not suspicious:
            print("Nothing suspicious: calls at an alert's second and place are as rare as they should be.")
    if suspicious:
        raise typer.Exit(1)


def _print(diagnoses: "list[Diagnosis]") -> None:
    from app.sources.doctor import WITHIN_M, WITHIN_S

    print(f"Calls that count as reports and lie within {WITHIN_S} s and {WITHIN_M:.0f} m of an alert:")
    print_table(
        ("source", "alerts", "with such a call", "by chance", "calls", "so near", "by chance "),
        (
            (
                item.source,
                item.alerts,
                _of(item.matched_alerts, item.alerts),
                _of(item.matched_alerts_by_chance, item.alerts),
                item.calls,
                _of(item.matched_calls, item.calls),
                _of(item.matched_calls_by_chance, item.calls),
            )
            for item in diagnoses
        ),
    )


def _warn(item: "Diagnosis") -> None:
    codes = ", ".join(f"{shown(code)} ({count:,})" for code, count in item.codes)
    rule = f"[origin] sensor = [\"{item.code_expression} == '{shown(item.codes[0][0])}'\"]"
    print(
        f"WARNING: {item.source}: {item.matched_alerts:,} of {item.alerts:,} alerts have a call at their own"
        " second and place. These are most likely records that the alerts created, and they make every alert"
        f" look reported. Their codes: {codes}. Say so in the mapping, for example"
        f" {rule}, then `earshot source change-mapping {item.source} --mapping FILE`, import the file again"
        " and run `earshot correlate`."
    )


def _of(count: float, total: int) -> str:
    share = f" ({count / total:.2%})" if total else ""
    return f"{count:,.0f}{share}" if count == int(count) else f"{count:,.1f}{share}"


def _document(item: "Diagnosis") -> dict[str, object]:
    return {
        "source": item.source,
        "suspicious": item.is_suspicious,
        "alerts": item.alerts,
        "matched_alerts": item.matched_alerts,
        "matched_alerts_by_chance": item.matched_alerts_by_chance,
        "calls": item.calls,
        "matched_calls": item.matched_calls,
        "matched_calls_by_chance": item.matched_calls_by_chance,
        "codes": [{"code": code, "count": count} for code, count in item.codes],
    }
