"""`earshot key`: what machines and people sign in with."""

from typing import Annotated, Any

import typer

from app.cli.opening import open_workplace
from app.cli.options import Json
from app.cli.printing import local, note, print_json, print_table
from app.cli.times import read_expiry
from app.domain.vocabulary import Role


def register(app: typer.Typer) -> None:
    """Add the group `key`."""
    group = typer.Typer(no_args_is_help=True, help="Create, list and revoke keys.")
    group.command(
        epilog="Examples: earshot key create --role vendor --source sensors; "
        "earshot key create --role analyst --name 'Night desk' --expires 30d"
    )(create)
    group.command("list", epilog="Example: earshot key list --json")(list_)
    group.command(epilog="Example: earshot key revoke 7h2k9m4p3q5r")(revoke)
    app.add_typer(group, name="key")


def create(
    role: Annotated[Role, typer.Option(help="What the key may do at most.", show_default=False)],
    source: Annotated[
        str | None, typer.Option(help="The one source of a vendor's or a call centre's key.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Who or what the key is for.")] = None,
    expires: Annotated[
        str | None,
        typer.Option(metavar="SPAN|TIME", help="When it ends: 30d, 12h, a date, or a time with an offset."),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Give it just this scope (repeat for more) instead of all that the role has."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Create a key and print it: the only time that it can be seen."""
    with open_workplace() as place:
        from app.access.keys import create_key

        now = place.clock()
        expires_at = read_expiry(expires, place.settings.zone, now)
        with place.database.write() as session:
            key = create_key(
                session,
                role=role,
                source_name=source,
                name=name,
                scopes=scope or None,
                expires_at=expires_at,
                actor=place.actor,
                now=now,
            )
        until = local(expires_at, place.settings.zone)
    key_id = key.split("_")[1]
    if as_json:
        print_json({"key": key, "id": key_id, "role": role, "source": source, "expires_at": expires_at})
    else:
        print(key)
    note("Keep the key now: it is stored only as a hash and cannot be shown again.")
    note(f"It is valid {'until ' + until if until else 'until revoked'}: earshot key revoke {key_id}")


def list_(as_json: Json = False) -> None:
    """List all keys, without their secrets."""
    with open_workplace() as place:
        from app.access.keys import list_keys

        zone, now = place.settings.zone, place.clock()
        with place.database.read() as session:
            keys = list_keys(session)
    documents: list[dict[str, Any]] = [
        {
            "id": key.id,
            "name": key.name,
            "role": key.role,
            "source": source,
            "scopes": key.scopes,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
            "valid": key.revoked_at is None and (key.expires_at is None or key.expires_at > now),
        }
        for key, source in keys
    ]
    if as_json:
        print_json({"keys": documents})
    elif not documents:
        print("No keys yet; create one with `earshot key create --role analyst`.")
    else:
        print_table(
            ("id", "name", "role", "source", "scopes", "created", "expires", "valid"),
            (
                (
                    *(item[name] for name in ("id", "name", "role", "source")),
                    " ".join(item["scopes"]),
                    local(item["created_at"], zone),
                    local(item["expires_at"], zone),
                    "revoked" if item["revoked_at"] else item["valid"],
                )
                for item in documents
            ),
        )


def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, or the whole key.")],
    as_json: Json = False,
) -> None:
    """Make a key useless; a running service notices within EARSHOT_KEY_CACHE_S seconds (2 by default)."""
    parts = key_id.split("_")
    short = parts[1] if len(parts) > 1 and parts[0] == "earshot" else key_id
    with open_workplace() as place:
        from app.access.keys import revoke_key

        with place.database.write() as session:
            revoke_key(session, short, actor=place.actor, now=place.clock())
    if as_json:
        print_json({"id": short, "revoked": True})
    else:
        print(f"Key {short} is revoked.")
