"""`earshot serve` and `earshot worker`: the processes that run on and on."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.opening import make_current

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.core.metrics import Metrics
    from app.core.settings import Settings

GRACEFUL_SHUTDOWN_S = 10


def register(app: typer.Typer) -> None:
    """Add `serve` and `worker`."""
    app.command(epilog="Example: earshot serve --host 127.0.0.1 --port 8000")(serve)
    app.command(epilog="Example: earshot worker")(worker)


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on instead of the setting EARSHOT_HOST.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port instead of EARSHOT_PORT; 0 takes one that is free."),
    ] = None,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Do not correlate in this process; run `earshot worker`.")
    ] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again whenever the code changes, for development.")
    ] = False,
) -> None:
    """Run the API, the console and the worker on the configured database."""
    settings = _settings()
    address = host or settings.host
    settings.require_safe_address(address)
    chosen_port = settings.port if port is None else port
    _check_database(settings)
    if reload:
        _serve_reloading(address, chosen_port, no_worker=no_worker)
        return
    from app.cli.listening import serve_until_stopped
    from app.main import create_app

    app = create_app(settings, with_worker=not no_worker)
    with ExitStack() as stack:
        stack.callback(_expose_metrics(settings, app.state.metrics))
        serve_until_stopped(app, settings, address, chosen_port, GRACEFUL_SHUTDOWN_S)


def worker() -> None:
    """Run only the worker; on PostgreSQL run as many as wanted."""
    settings = _settings()
    _check_database(settings)
    from app.core.clock import system_clock
    from app.core.metrics import Metrics
    from app.db import Database
    from app.worker.loop import Worker

    metrics = Metrics()
    database = Database(settings)
    running = Worker(database, settings, system_clock, metrics)
    stopped = Event()
    received: list[int] = []

    def stop(number: int, _frame: Any) -> None:
        received.append(number)
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with ExitStack() as stack:
        stack.callback(database.dispose)
        stack.callback(_expose_metrics(settings, metrics))
        running.start()
        stack.callback(running.stop)
        print("The worker runs; stop it with Ctrl-C.", flush=True)
        stopped.wait()
    if signal.SIGINT in received:
        raise typer.Exit(130)


def reloadable() -> "FastAPI":
    """The service for `--reload`, made anew in each child process."""
    return _make_app(with_worker=True)


def reloadable_without_worker() -> "FastAPI":
    """The same without the worker."""
    return _make_app(with_worker=False)


def _make_app(*, with_worker: bool) -> "FastAPI":
    from app.main import create_app

    return create_app(_settings(), with_worker=with_worker)


def _settings() -> "Settings":
    from app.core.logs import configure_logs
    from app.core.settings import load_settings

    settings = load_settings()
    configure_logs(settings)
    return settings


def _check_database(settings: "Settings") -> None:
    from app.db import Database

    database = Database(settings)
    try:
        make_current(database)
    finally:
        database.dispose()


def _serve_reloading(host: str, port: int, *, no_worker: bool) -> None:
    import uvicorn

    factory = "reloadable_without_worker" if no_worker else "reloadable"
    uvicorn.run(
        f"app.cli.serving:{factory}",
        factory=True,
        host=host,
        port=port,
        reload=True,
        reload_dirs=[str(Path(__file__).parents[1])],
        access_log=False,
        timeout_graceful_shutdown=1,
    )


def _expose_metrics(settings: "Settings", metrics: "Metrics") -> Callable[[], None]:
    """Serve /metrics on a port of its own where a setting asks for it; what ends that."""
    if settings.metrics_port is None:
        return lambda: None
    from prometheus_client import start_http_server

    server, thread = start_http_server(
        settings.metrics_port, addr=settings.metrics_host, registry=metrics.registry
    )

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)

    return end
