"""What almost every command begins with: the settings and the database, ready for use."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.printing import note

if TYPE_CHECKING:
    from app.core.clock import Clock
    from app.core.settings import Settings
    from app.db import Database


@dataclass(frozen=True, slots=True)
class Workplace:
    """Settings, database and clock of one command, and how the audit trail names who runs it."""

    settings: "Settings"
    database: "Database"
    clock: "Clock"
    actor: str


@contextmanager
def open_workplace() -> Iterator[Workplace]:
    """The database, current: an embedded one is made and migrated, PostgreSQL must be already."""
    with open_unchecked() as place:
        make_current(place.database)
        yield place


@contextmanager
def open_unchecked() -> Iterator[Workplace]:
    """The database in whatever state it is, for the commands that look after it."""
    from app.core.clock import system_clock
    from app.db import Database

    database = Database(settings := quiet_settings(), patient=True)
    try:
        yield Workplace(settings, database, system_clock, actor())
    finally:
        database.dispose()


def quiet_settings() -> "Settings":
    """The settings, with logs set up so that a command shows only what matters, on standard error."""
    from app.core.logs import configure_logs
    from app.core.settings import load_settings

    settings = load_settings()
    level = "warning" if settings.log_level == "info" else settings.log_level
    configure_logs(settings.model_copy(update={"log_level": level}))
    return settings


def make_current(database: "Database") -> None:
    """Migrate the embedded database; refuse another one that is behind, or one from a newer version."""
    from app.core.errors import NotReadyError
    from app.db import migration
    from app.db.upkeep import known_revisions

    current = migration.current_revision(database)
    if current == migration.head_revision():
        return
    if current is not None and current not in known_revisions():
        raise NotReadyError(
            f"the database is at revision {current}, which this version does not know:"
            " a newer Earshot has written it"
        )
    if not database.is_embedded:
        raise NotReadyError("the database is not at this version's schema; run `earshot db upgrade`")
    migration.upgrade(database)
    what = "Made" if current is None else "Migrated"
    note(f"{what} the database {database.engine.url.database}.")


def actor() -> str:
    """The person at the keyboard, as far as the machine knows."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "unknown"
    return f"cli:{name}"


def read_text(path: Path) -> str:
    """A text file; an error that names it when it is none."""
    from app.core.errors import InvalidParameterError

    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidParameterError(f"{path} is no text in UTF-8") from error
