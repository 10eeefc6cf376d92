"""create_app: the only place that wires everything. Nothing happens at import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.access.guard import Guard
from app.access.keys import KeyRing
from app.access.sessions import LockTimes, Sessions
from app.access.tries import Tries
from app.admin import routes as admin
from app.console import pages, session
from app.core.clock import Clock, system_clock
from app.core.cors import MapsForPages
from app.core.http import RequestMiddleware, install_error_handlers
from app.core.metrics import Metrics
from app.core.origins import read_origins
from app.core.settings import Settings
from app.db import Database
from app.insight import routes as insight
from app.intake import routes as intake
from app.intake.rejects import retry_rejects
from app.intake.writer import Writer
from app.maps import routes as maps
from app.maps.extents import Extents
from app.maps.public import routes as public
from app.maps.public.editions import Editions
from app.maps.remembered import RememberedFeatures
from app.maps.tiles import routes as tiles
from app.maps.tiles.remembered import RememberedTiles, UnchangedTiles
from app.records import reference
from app.records import routes as records
from app.sources.feeds import FeedCache
from app.stream import routes as stream
from app.stream.hub import Hub
from app.worker.dry_run import compare
from app.worker.loop import Worker

# So many wrong keys from one address, then it has to wait.
MOST_WRONG_KEYS = 10
WRONG_KEYS_WITHIN_S = 60.0


def create_app(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    session_clock: Clock | None = None,
    with_worker: bool = True,
) -> FastAPI:
    """The service on one database; its threads run while the app's lifespan does.

    `session_clock`: by which people's sessions lock, where that is another than the city's.
    """
    database = Database(settings)
    metrics = Metrics()
    keys = KeyRing(database, settings.key_cache_s)
    writer = Writer(database, clock, metrics, settings.writer_queue_limit)
    hub = Hub(database, settings, metrics)
    editions = Editions(database, settings, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        worker = Worker(database, settings, clock, metrics) if with_worker else None
        writer.start()
        if worker:
            worker.start()
        await hub.start()
        if database.quick:
            await database.quick.open()
        try:
            yield
        finally:
            if database.quick:
                await database.quick.close()
            await hub.stop()
            writer.stop()
            if worker:
                worker.stop()
            editions.close()
            database.dispose()

    app = FastAPI(title="Earshot", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.database = database
    app.state.clock = clock
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.stream = hub
    app.state.extents = Extents(database)
    app.state.features = RememberedFeatures()
    app.state.tiles = RememberedTiles()
    app.state.unchanged_tiles = UnchangedTiles()
    sessions = Sessions(database, LockTimes.of(settings), settings.key_cache_s)
    app.state.guard = Guard(keys, sessions, session_clock or clock)
    app.state.tries = Tries(MOST_WRONG_KEYS, WRONG_KEYS_WITHIN_S)
    app.state.console = pages.Console(settings)
    app.state.intake = intake.Intake(
        settings, clock, FeedCache(database, settings.key_cache_s), keys, writer, metrics
    )
    # Administrators' routes may know neither intake nor worker.
    app.state.retry_rejects = lambda **asked: retry_rejects(
        database, clock, source_id=None, **asked
    ).document()
    app.state.compare_rules = lambda session, rules, now, from_at, through_at: compare(
        session, rules, now, from_at=from_at, through_at=through_at, progress=lambda *_: None
    ).document()
    # Not included but taken over: an included router finds its routes anew in every request.
    app.router.routes.extend(intake.router.routes)
    app.router.routes.extend(maps.ROUTES)
    app.router.routes.extend(tiles.ROUTES)
    if settings.public_enabled:
        app.state.public_feed = public.Feed(editions)
        app.router.routes.extend(public.ROUTES)
    console = (session.router, pages.router)
    for router in (*records.ROUTERS, *admin.ROUTERS, insight.router, stream.router, *console):
        app.include_router(router)
    reference.install(app)
    install_error_handlers(app)
    if settings.cors_origins:
        app.add_middleware(MapsForPages, origins=read_origins(settings.cors_origins))
    app.add_middleware(RequestMiddleware, metrics=metrics)
    return app
