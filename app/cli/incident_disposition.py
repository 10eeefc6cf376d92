"""`earshot incidents disposition`: what was found at the scene."""

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.opening import open_workplace
from app.cli.options import Json
from app.cli.printing import print_json, shown
from app.domain.vocabulary import Disposition, Finding

MOST_COUNTED = 10_000
MOST_UNCERTAIN_M = 10_000.0


class Word(StrEnum):
    """A disposition, or `none` to take back what was said."""

    CONFIRMED = "confirmed"
    UNFOUNDED = "unfounded"
    UNCONFIRMED = "unconfirmed"
    NONE = "none"


EvidenceAt = Annotated[
    str | None,
    typer.Option(metavar="LON,LAT", help="Where it lay, in degrees; it measures the alerts' error."),
]
Count = Annotated[int | None, typer.Option(min=0, max=MOST_COUNTED, help="How many were found.")]


def register(group: typer.Typer) -> None:
    """Add `incidents disposition`."""
    group.command(epilog="Example: earshot incidents disposition 2026-000123 confirmed --casings 4")(
        disposition
    )


def disposition(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident's id or its number.")],
    word: Annotated[Word, typer.Argument(help="What was found; none takes back what was said.")],
    note: Annotated[str | None, typer.Option(help="Why, for whoever asks later.")] = None,
    casings: Count = None,
    bullet_holes: Count = None,
    firearms: Count = None,
    victims: Count = None,
    witnesses: Count = None,
    arrests: Count = None,
    evidence_at: EvidenceAt = None,
    evidence_uncertainty_m: Annotated[
        float | None,
        typer.Option(min=0, max=MOST_UNCERTAIN_M, help="How well that place is known (1 sigma)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say whether it was gunfire, with what was counted at the scene; the verdict does not change."""
    position = read_place(evidence_at, evidence_uncertainty_m, "--evidence-at")
    found = dict(zip(Finding, (casings, bullet_holes, firearms, victims, witnesses, arrests), strict=True))
    with open_workplace() as place:
        from app.incidents.dispositions import decide_disposition
        from app.incidents.queries import Redirect

        def say(named: str) -> object:
            with place.database.write() as session:
                return decide_disposition(
                    session,
                    named,
                    None if word is Word.NONE else Disposition(word.value),
                    require_text(note, "--note"),
                    {finding.value: count for finding, count in found.items() if count is not None},
                    position,
                    actor=place.actor,
                    now=place.clock(),
                )

        done = say(incident)
        if isinstance(done, Redirect):
            done = say(done.incident_id)
    if as_json:
        print_json(done)
    else:
        print(f"Incident {shown(incident)}: {'no disposition' if word is Word.NONE else word.value}.")


def read_place(text: str | None, uncertainty_m: float | None, option: str) -> dict[str, float | None] | None:
    """A place given as longitude,latitude. Usage error for others."""
    if text is None:
        if uncertainty_m is not None:
            raise typer.BadParameter("tell the place itself too", param_hint=option)
        return None
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            f"{text[:40]!r} is not longitude,latitude such as -87.94,43.01", param_hint=option
        ) from error
    if not (abs(longitude) <= 180 and abs(latitude) <= 90) or longitude == latitude == 0:
        raise typer.BadParameter(f"{text[:40]!r} is no place on the globe", param_hint=option)
    return {"longitude": longitude, "latitude": latitude, "uncertainty_m": uncertainty_m}


def require_text(text: str | None, option: str, most: int = 2000) -> str | None:
    """A text that can be stored. Usage error for others."""
    if text is not None and (len(text) > most or "\x00" in text):
        raise typer.BadParameter(f"at most {most:,} characters, none of them zero", param_hint=option)
    return text
