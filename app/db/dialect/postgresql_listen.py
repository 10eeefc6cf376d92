"""Hearing of other processes' commits, by LISTEN."""

from collections.abc import Callable
from selectors import EVENT_READ, DefaultSelector

import psycopg
from sqlalchemy import Engine

from app.db.wakeups import Stop


def listen(engine: Engine, channel: str, announce: Callable[[], None], stop: Stop) -> None:
    """Announce every commit that another process notifies of, on a connection of its own.

    Returns when stopped or when the connection is lost.
    """
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with (
            stop.readable() as stopped,
            DefaultSelector() as either,
            psycopg.connect(url, autocommit=True, connect_timeout=10) as connection,
        ):
            either.register(stopped, EVENT_READ)
            either.register(connection, EVENT_READ)
            connection.execute(f"LISTEN {channel}")
            while not stop.is_set():
                for _ in connection.notifies(timeout=0):
                    announce()
                either.select()
    except psycopg.OperationalError:
        return
