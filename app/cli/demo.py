"""`earshot demo`: a simulated city, three months of history and then live, from nothing."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.serving import GRACEFUL_SHUTDOWN_S

if TYPE_CHECKING:
    from app.cli.demo_feed import SimulatedClock
    from app.core.settings import Settings
    from app.db import Database
    from app.simulate import Simulation

DATABASE = Path("var/demo.db")
HISTORY_DAYS = 90
LIVE_DAYS = 14
ALERTS_PER_DAY = 24
ALERTS, CALLS = "demo-sensors", "demo-911"


def register(app: typer.Typer) -> None:
    """Add `demo`."""
    app.command(epilog="Example: earshot demo --seed 7 --speed 60")(demo)


def demo(
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same city and history.")] = 1,
    speed: Annotated[
        float, typer.Option(min=0.1, max=3600, help="How many simulated seconds pass in a second.")
    ] = 30.0,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port instead of EARSHOT_PORT.")] = None,
) -> None:
    """Make a simulated city, correlate three months of it, then go on live until stopped.

    It keeps to its own var/demo.db, which each run makes anew.
    """
    from app.cli.demo_feed import SimulatedClock
    from app.core.logs import configure_logs
    from app.core.settings import load_settings
    from app.simulate import CITY_DEFAULT, simulate

    base = load_settings()
    settings = base.model_copy(
        update={
            "database_url": f"sqlite:///{DATABASE}",
            "time_zone": CITY_DEFAULT.time_zone,
            "agency_name": base.agency_name or f"{CITY_DEFAULT.name} (simulated)",
            "log_level": "warning" if base.log_level == "info" else base.log_level,
            "log_format": "console",
        }
    )
    settings.require_safe_address(settings.host)
    configure_logs(settings)
    now = datetime.now(UTC).replace(microsecond=0)
    _say(f"Simulating {HISTORY_DAYS} days of {CITY_DEFAULT.name} (seed {seed}).")
    city = replace(CITY_DEFAULT, alerts_per_day=ALERTS_PER_DAY)
    begin = now - timedelta(days=HISTORY_DAYS)
    simulation = simulate(city, seed=seed, start=begin, days=HISTORY_DAYS + LIVE_DAYS)
    clock = SimulatedClock(_just_before_an_alert(simulation, now), speed)
    with _fresh_database(settings) as database:
        keys = _fill(database, settings, simulation, clock)
    _go_live(settings, simulation, clock, keys, port or settings.port)


def _just_before_an_alert(simulation: "Simulation", now: datetime) -> datetime:
    """A moment from which the first live alert is a minute away, so that there is something to see."""
    alerts = (delivery.at for delivery in simulation.deliveries(since=now) if delivery.kind == "alert")
    return next(alerts, now) - timedelta(minutes=1)


def _say(text: str) -> None:
    print(text, flush=True)


def _fresh_database(settings: "Settings") -> "_Opened":
    """An empty demo database; refuses to replace one that holds anything but a demo."""
    from app.core.errors import SettingsError
    from app.db import Database, migration

    if DATABASE.exists():
        database = Database(settings)
        names = _source_names(database)
        database.dispose()
        if names is None or not set(names) <= {ALERTS, CALLS}:
            raise SettingsError(
                f"{DATABASE} is not a demo's database; move it away, the demo would replace it"
            )
        for suffix in ("", "-wal", "-shm"):
            DATABASE.with_name(DATABASE.name + suffix).unlink(missing_ok=True)
    database = Database(settings)
    migration.upgrade(database)
    return _Opened(database)


class _Opened(ExitStack):
    """A database that is closed at the end of a block."""

    def __init__(self, database: "Database") -> None:
        super().__init__()
        self.database = database
        self.callback(database.dispose)

    def __enter__(self) -> "Database":  # type: ignore[override]
        return self.database


def _source_names(database: "Database") -> Sequence[str] | None:
    """The names of a database's sources; None when it is no database of ours."""
    from sqlalchemy import select
    from sqlalchemy.exc import DatabaseError

    from app.db.models import Source

    try:
        with database.read() as session:
            return session.scalars(select(Source.name)).all()
    except DatabaseError:
        return None


def _fill(
    database: "Database", settings: "Settings", simulation: "Simulation", clock: Callable[[], datetime]
) -> dict[str, str]:
    """Sources, keys, places, history and verdicts; the keys by role."""
    from app.intake.files import import_file
    from app.simulate import write_files
    from app.sources.feeds import load_feed
    from app.worker.everything import correlate

    keys = _add_sources(database, clock())
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(simulation, Path(folder), until=clock())
        _import_places(database, files, clock())
        for name, path in ((ALERTS, files.alerts), (CALLS, files.calls)):
            with database.read() as session:
                feed = load_feed(session, name, clock())
            counts = import_file(
                database, clock, feed, path, as_of=None, actor="demo", progress=lambda _read: None
            )
            _say(f"Imported {counts['new']:,} {feed.kind.value}.")
    result = correlate(
        database,
        clock,
        settings.time_zone,
        from_at=None,
        through_at=None,
        actor="demo",
        progress=lambda *_stretch: None,
        follow_up_rounds=settings.follow_up_rounds,
    )
    _say(f"Judged {result.changed:,} incidents: {_verdicts(database)}.")
    return keys


def _add_sources(database: "Database", now: datetime) -> dict[str, str]:
    from app.access.keys import create_key
    from app.adapters import preset_text
    from app.domain.vocabulary import Role, SourceKind
    from app.sources.store import add_source

    bound: dict[Role, str | None] = {Role.VENDOR: ALERTS, Role.CAD: CALLS, Role.ANALYST: None}
    with database.write() as session:
        for name, kind in ((ALERTS, SourceKind.ALERTS), (CALLS, SourceKind.CALLS)):
            add_source(
                session,
                name=name,
                kind=kind,
                mapping=preset_text(f"generic-{kind.value}-ndjson"),
                require_signature=False,
                actor="demo",
                now=now,
            )
        return {
            role: create_key(
                session,
                role=role,
                source_name=source,
                name="demo",
                scopes=None,
                expires_at=None,
                actor="demo",
                now=now,
            )
            for role, source in bound.items()
        }


def _import_places(database: "Database", files: Any, now: datetime) -> None:
    from app.domain.vocabulary import ZoneKind
    from app.places.camera_import import import_cameras
    from app.places.zone_import import import_zones

    with database.write() as session:
        for path, kind in ((files.zones, ZoneKind.DISTRICT), (files.coverage, ZoneKind.COVERAGE)):
            import_zones(session, path, kind=kind, name_property="name", actor="demo", now=now)
        import_cameras(session, files.cameras, actor="demo", now=now)


def _verdicts(database: "Database") -> str:
    from sqlalchemy import func, select

    from app.db.models import Incident

    with database.read() as session:
        counts = session.execute(
            select(Incident.verdict, func.count())
            .where(Incident.merged_into_id.is_(None))
            .group_by(Incident.verdict)
            .order_by(func.count().desc())
        ).all()
    return ", ".join(f"{count:,} {verdict}" for verdict, count in counts)


def _go_live(
    settings: "Settings",
    simulation: "Simulation",
    clock: "SimulatedClock",
    keys: dict[str, str],
    port: int,
) -> None:
    from app.cli.demo_feed import Player
    from app.cli.listening import serve_until_stopped
    from app.core.clock import system_clock
    from app.main import create_app

    player = Player(
        simulation,
        clock,
        {"alert": keys["vendor"], "call": keys["cad"]},
        port,
        on_live=lambda: _tell(f"http://{settings.host}:{port}", simulation, clock, keys),
    )
    # The city's time flies; whoever looks at it is given their own half hour.
    app = create_app(settings, clock=clock, session_clock=system_clock)
    player.start()
    try:
        serve_until_stopped(app, settings, settings.host, port, GRACEFUL_SHUTDOWN_S)
    finally:
        player.stop()


def _how_to_build() -> str:
    from app.console.built import BuiltConsole

    return "" if BuiltConsole().page() else "; it is not built here yet: make setup"


def _tell(
    address: str, simulation: "Simulation", clock: Callable[[], datetime], keys: dict[str, str]
) -> None:
    """What to try; the console's address and an analyst's key come last."""
    place = simulation.cameras[0]
    alert = (
        f'{{"external_id":"mine-1","started_at":"{clock():%Y-%m-%dT%H:%M:%SZ}","rounds":7,'
        f'"classification":"multiple_gunshots","longitude":{place.longitude},"latitude":{place.latitude}}}'
    )
    sign_in = f'-H "Authorization: Bearer {keys["analyst"]}"'
    _say(
        f"""
The city goes on live. Try, in another terminal:

  what nobody reported, newest first
    curl -s {sign_in} '{address}/v1/incidents?verdict=unreported&limit=3'
  what is still waiting for calls
    curl -s {sign_in} '{address}/v1/incidents?verdict=pending'
  one incident with its calls and evidence
    curl -s {sign_in} {address}/v1/incidents/1
  the map's layer, as GeoJSON for QGIS or Leaflet
    curl -s {sign_in} '{address}/v1/incidents?f=geojson&needs_review=true' -o incidents.geojson
  an alert of your own, as a vendor would send it
    curl -s -X POST -H "Authorization: Bearer {keys["vendor"]}" -d '{alert}' {address}/v1/alerts/{ALERTS}

API reference: {address}/docs
Console: {address}/ (sign in with the key below{_how_to_build()})
Key of an analyst: {keys["analyst"]}"""
    )
