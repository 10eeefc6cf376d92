"""`earshot source`: feeds, their mappings, their secrets."""

from typing import Annotated

import typer

from app.cli import source_check, source_doctor, source_health
from app.cli.mapping_file import PRESET, read_mapping
from app.cli.opening import open_workplace
from app.cli.options import Json, MappingSpec, SourceName
from app.cli.printing import note, print_json, print_table
from app.cli.times import need_time
from app.domain.vocabulary import SourceKind


def register(app: typer.Typer) -> None:
    """Add the group `source`."""
    group = typer.Typer(no_args_is_help=True, help="Add and look after the feeds of alerts and calls.")
    group.command(
        epilog="Example: earshot source add sensors --kind alerts --mapping preset:generic-alerts-json"
    )(add)
    source_health.register(group)
    source_check.register(group)
    source_doctor.register(group)
    group.command(epilog="Example: earshot source presets --show generic-calls-csv > calls.toml")(presets)
    group.command(epilog="Example: earshot source change-mapping cad --mapping calls.toml")(change_mapping)
    group.command(epilog="Example: earshot source rotate-secret sensors")(rotate_secret)
    group.command(epilog="Example: earshot source lower-watermark cad --through 2026-07-04T21:00:00-05:00")(
        lower_watermark
    )
    group.command(epilog="Example: earshot source disable sensors")(disable)
    group.command(epilog="Example: earshot source enable sensors")(enable)
    app.add_typer(group, name="source")


def add(
    name: SourceName,
    mapping: MappingSpec,
    kind: Annotated[
        SourceKind | None,
        typer.Option(help="What the feed carries; by default what its mapping says.", show_default=False),
    ] = None,
    require_signature: Annotated[
        bool, typer.Option("--require-signature", help="Take signed webhooks only, no bearer key.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add a feed and print its signing secret, once."""
    text, compiled = read_mapping(mapping)
    with open_workplace() as place:
        from app.sources.store import add_source

        chosen = kind or compiled.kind
        with place.database.write() as session:
            secret = add_source(
                session,
                name=name,
                kind=chosen,
                mapping=text,
                require_signature=require_signature,
                actor=place.actor,
                now=place.clock(),
            )
    role = "vendor" if chosen is SourceKind.ALERTS else "cad"
    next_step = f"earshot key create --role {role} --source {name}"
    if as_json:
        print_json(
            {
                "name": name,
                "kind": chosen,
                "require_signature": require_signature,
                "secret": secret,
                "next": next_step,
            }
        )
        return
    print(f"Added {name}, a source of {chosen.value}.")
    print(f"Signing secret (shown only now): {secret}")
    if compiled.provisional:
        note(f"Provisional fields of this mapping, to be checked: {', '.join(compiled.provisional)}.")
    print(f"Next: {next_step}")
    print(f"  or: earshot import {chosen.value} FILE --source {name}")


def presets(
    show: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print this preset's TOML, to be changed and used.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the mappings that ship with Earshot."""
    from app.adapters import FeedMapping, preset_names, preset_text

    if show is not None:
        text = preset_text(show.removeprefix(PRESET))
        if as_json:
            print_json({"name": show.removeprefix(PRESET), "mapping": text})
        else:
            print(text, end="")
        return
    mappings = {name: FeedMapping.from_toml(preset_text(name)) for name in preset_names()}
    rows = [(f"{PRESET}{name}", item.kind.value, item.format, item.title) for name, item in mappings.items()]
    if as_json:
        print_json(
            {"presets": [dict(zip(("name", "kind", "format", "title"), row, strict=True)) for row in rows]}
        )
    else:
        print_table(("name", "kind", "format", "title"), rows)


def change_mapping(name: SourceName, mapping: MappingSpec, as_json: Json = False) -> None:
    """Put another mapping in the place of a source's; what is stored already stays as it is."""
    text, _ = read_mapping(mapping)
    with open_workplace() as place:
        from app.sources.rejects import count_waiting
        from app.sources.store import change_mapping as change
        from app.sources.store import find_source

        with place.database.write() as session:
            change(session, name, text, actor=place.actor, now=place.clock())
            waiting = count_waiting(session, find_source(session, name).id)
    if as_json:
        print_json({"name": name, "changed": True, "rejects": waiting})
    else:
        print(f"{name} has a new mapping.")
        if waiting:
            print(f"{waiting:,} rejects wait: earshot rejects retry --source {name}")


def rotate_secret(name: SourceName, as_json: Json = False) -> None:
    """Add a signing secret and print it; those before it stay valid for a day."""
    with open_workplace() as place:
        from app.sources.store import rotate_secret as rotate

        with place.database.write() as session:
            secret = rotate(session, name, actor=place.actor, now=place.clock())
    if as_json:
        print_json({"name": name, "secret": secret})
    else:
        print(secret)
    note("Shown only now. The secrets before it stay valid for 24 hours.")


def lower_watermark(
    name: SourceName,
    through: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="The last time that is still believed complete.", show_default=False
        ),
    ],
    as_json: Json = False,
) -> None:
    """Take back that a call feed was complete after a time; what it says from now on counts again."""
    with open_workplace() as place:
        from app.intake.completeness import lower_watermark as lower

        moment = need_time(through, place.settings.zone, "--through")
        with place.database.write() as session:
            lower(session, name, moment, actor=place.actor, now=place.clock())
    if as_json:
        print_json({"name": name, "through": moment})
    note(
        f"Nothing of {name} after that time counts as complete; verdicts that rested on it are judged again."
    )


def disable(name: SourceName, as_json: Json = False) -> None:
    """Switch a source off: what it sends is refused, and it counts for no incident from now on."""
    _set_disabled(name, disabled=True, as_json=as_json)


def enable(name: SourceName, as_json: Json = False) -> None:
    """Switch a source on again."""
    _set_disabled(name, disabled=False, as_json=as_json)


def _set_disabled(name: str, *, disabled: bool, as_json: bool) -> None:
    with open_workplace() as place:
        from app.sources.store import set_disabled

        with place.database.write() as session:
            set_disabled(session, name, disabled=disabled, actor=place.actor, now=place.clock())
    if as_json:
        print_json({"name": name, "disabled": disabled})
    else:
        print(f"{name} is {'disabled' if disabled else 'enabled'}.")
