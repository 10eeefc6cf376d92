"""`earshot incidents follow-ups`: the work that follows, suggested by rule or made by people."""

from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.cli.incident_disposition import require_text
from app.cli.one_incident import find_of_incident
from app.cli.opening import open_workplace
from app.cli.options import AsOf, Json
from app.cli.printing import local_text, note, print_json, print_table
from app.cli.times import read_as_of, read_time
from app.domain.vocabulary import FollowUpKind, FollowUpOutcome, FollowUpState

_COUNT = "NAME=N"


class ByPeople(StrEnum):
    """The states that people choose."""

    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


class SortBy(StrEnum):
    """Orders of the list; a minus begins with the latest."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    DUE = "due_at"
    LATEST_DUE = "-due_at"


Assignee = Annotated[str | None, typer.Option(help="Whose it is: a person or a unit of the agency.")]
Due = Annotated[
    str | None, typer.Option(metavar="TIME", help="Until when: a time with an offset, or a date.")
]
Note = Annotated[str | None, typer.Option("--note", help="What whoever does it should know.")]
Results = Annotated[
    list[str] | None,
    typer.Option(
        "--result", metavar=_COUNT, help="What was counted, such as casings=3 (repeat for several)."
    ),
]
Outcome = Annotated[FollowUpOutcome | None, typer.Option(help="What came of it, in a word.")]


def register(group: typer.Typer) -> None:
    """Add the group `incidents follow-ups`."""
    own = typer.Typer(no_args_is_help=True, help="List, make and change the work that follows an incident.")
    own.command("list", epilog="Example: earshot incidents follow-ups list --state suggested --sort due_at")(
        list_
    )
    own.command(epilog="Example: earshot incidents follow-ups show 2026-000123")(show)
    own.command(epilog="Example: earshot incidents follow-ups add 2026-000123 outreach --assignee 'Unit 7'")(
        add
    )
    own.command(epilog="Example: earshot incidents follow-ups change 17 --state done --result casings=3")(
        change
    )
    group.add_typer(own, name="follow-ups")


def list_(
    state: Annotated[list[FollowUpState] | None, typer.Option(help="Only these states (repeat).")] = None,
    kind: Annotated[list[FollowUpKind] | None, typer.Option(help="Only these kinds (repeat).")] = None,
    assignee: Annotated[str | None, typer.Option(help="Only theirs, as it was written.")] = None,
    due_before: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only those due before a time or date.")
    ] = None,
    sort: Annotated[SortBy, typer.Option(help="The order.")] = SortBy.NEWEST,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 100,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List follow-ups of all incidents."""
    with open_workplace() as place:
        from app.incidents.follow_ups import FollowUpFilters, list_follow_ups

        zone = place.settings.zone
        filters = FollowUpFilters(
            states=tuple(word.value for word in state or ()),
            kinds=tuple(word.value for word in kind or ()),
            assignee=assignee,
            due_to=read_time(due_before, zone, "--due-before"),
        )
        moment = read_as_of(as_of, zone, place.clock())
        with place.database.read(as_of=moment) as session:
            page = list_follow_ups(session, filters, sort.value, limit, None)
    if as_json:
        print_json({"follow_ups": page.items, "as_of": moment, "more": page.next_cursor is not None})
    elif page.items:
        _print(page.items, zone)
    else:
        print("No follow-up is like that.")
    if page.next_cursor is not None:
        note(f"Only the first {limit:,} of more; ask for the rest with --limit, or narrow the list.")


def show(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident's id or its number.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show an incident's follow-ups with all that was done about them."""
    with open_workplace() as place:
        from app.incidents.follow_ups import find_follow_ups

        found = find_of_incident(place, incident, as_of, find_follow_ups)
        zone = place.settings.zone
    if as_json:
        print_json(found)
        return
    if not found["follow_ups"]:
        print("No follow-ups yet.")
        return
    _print(found["follow_ups"], zone)
    for each in found["follow_ups"]:
        print_table(
            ("when", "who", "what"),
            (
                (local_text(done["changed_at"], zone), done["actor"], _in_words(done["fields"]))
                for done in each["history"]
            ),
            title=f"Follow-up {each['id']}",
        )


def add(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident's id or its number.")],
    kind: Annotated[FollowUpKind, typer.Argument(help="What is to be done.")],
    assignee: Assignee = None,
    due: Due = None,
    note_: Note = None,
    as_json: Json = False,
) -> None:
    """Make a follow-up of an incident."""
    with open_workplace() as place:
        from app.incidents.follow_ups import create_follow_up
        from app.incidents.queries import Redirect

        fields = _fields(assignee, read_time(due, place.settings.zone, "--due"), note_)

        def make(named: str) -> Any:
            with place.database.write() as session:
                return create_follow_up(session, named, kind, fields, actor=place.actor, now=place.clock())

        done = make(incident)
        if isinstance(done, Redirect):
            done = make(done.incident_id)
    _tell(done, as_json=as_json)


def change(
    follow_up: Annotated[str, typer.Argument(metavar="ID", help="The follow-up's id.")],
    state: Annotated[ByPeople | None, typer.Option(help="How far it is.")] = None,
    assignee: Assignee = None,
    due: Due = None,
    note_: Note = None,
    result: Results = None,
    outcome: Outcome = None,
    as_json: Json = False,
) -> None:
    """Change a follow-up; what is not named stays, and results replace those before."""
    with open_workplace() as place:
        from app.incidents.follow_ups import change_follow_up

        fields = _fields(assignee, read_time(due, place.settings.zone, "--due"), note_)
        if state is not None:
            fields["state"] = state.value
        if result or outcome:
            fields["results"] = _results(result or [], outcome)
        if not fields:
            raise typer.BadParameter("name something to change, such as --state done")
        with place.database.write() as session:
            done = change_follow_up(session, follow_up, fields, actor=place.actor, now=place.clock())
    _tell(done, as_json=as_json)


def _fields(assignee: str | None, due_at: Any, note_: str | None) -> dict[str, Any]:
    if assignee is not None and not (0 < len(assignee) <= 200 and assignee.isprintable()):
        raise typer.BadParameter("1 to 200 printable characters", param_hint="--assignee")
    told = {"assignee": assignee, "due_at": due_at, "note": require_text(note_, "--note")}
    return {name: value for name, value in told.items() if value is not None}


def _results(counts: list[str], outcome: FollowUpOutcome | None) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for text in counts:
        name, _, number = text.partition("=")
        if not (number.isascii() and number.isdigit() and len(number) < 7):
            raise typer.BadParameter(
                f"{text[:40]!r} is not {_COUNT}, such as casings=3", param_hint="--result"
            )
        results[name] = int(number)
    return {**results, "outcome": outcome.value} if outcome else results


def _print(items: list[dict[str, Any]], zone: ZoneInfo) -> None:
    print_table(
        ("id", "incident", "kind", "state", "assignee", "due", "results", "why"),
        (
            (
                item["id"],
                item["incident_number"],
                item["kind"].replace("_", " "),
                item["state"],
                item["assignee"],
                local_text(item["due_at"], zone),
                _in_words(item["results"]),
                item["reason"] or item["note"],
            )
            for item in items
        ),
    )


def _in_words(fields: dict[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {_in_words(value) if isinstance(value, dict) else value}"
        for name, value in fields.items()
    )


def _tell(done: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        kind = done["kind"].replace("_", " ")
        print(f"Follow-up {done['id']} of incident {done['incident_number']}: {kind}, {done['state']}.")
