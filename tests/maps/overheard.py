"""The service on loopback in a thread of this process, with what its clients asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import uvicorn

from app.core.settings import Settings
from app.main import create_app
from tests.conftest import Clock


@dataclass
class Overheard:
    """Where it is, and every request that was answered, but for what browsers ask before: its status,
    and its path with the query."""

    address: str = ""
    asked: list[tuple[int, str]] = field(default_factory=list)

    def paths(self, *statuses: int) -> list[str]:
        """The paths that were answered so."""
        return [path for status, path in self.asked if status in statuses]


@contextmanager
def overhearing(settings: Settings) -> Iterator[Overheard]:
    """Serve a database to read from; only what it is asked for is ever done."""
    app = create_app(settings, clock=Clock(), with_worker=False)
    heard = Overheard()

    async def listen(scope: Any, receive: Any, send: Any) -> None:
        async def send_on(message: Any) -> None:
            if message["type"] == "http.response.start" and scope["method"] != "OPTIONS":
                query = unquote(scope["query_string"].decode())
                heard.asked.append((message["status"], f"{scope['path']}?{query}".rstrip("?")))
            await send(message)

        await app(scope, receive, send_on)

    server = uvicorn.Server(uvicorn.Config(listen, port=0, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            thread.join(0.01)
        heard.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield heard
    finally:
        server.should_exit = True
        thread.join()
        app.state.database.dispose()
