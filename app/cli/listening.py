"""One uvicorn server on one socket, from the bind to the last answer."""

import asyncio
import signal
import socket
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

import uvicorn

from app.core.errors import SettingsError
from app.core.http import ABANDONED

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.core.settings import Settings


_TICKS_A_LOOK = 10
_LAST_LOOK_S = 3.0
# What the system may hold for a client beyond what is on its way. With its own megabytes, a client that reads
# slowly looks for minutes like one that reads nothing.
_MOST_UNSENT_BYTES = 16_384


class Server(uvicorn.Server):
    """Says where it listens once it does, and lets streams end before it waits for other answers."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if sockets and not self.should_exit:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            print(f"Earshot listens on http://{shown}:{port} (stop it with Ctrl-C).", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let streams end, then all else."""
        self._end_streams()
        asyncio.get_running_loop().call_later(_LAST_LOOK_S, self._abort_abandoned)
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Once a second, close for good what was given up."""
        if counter % _TICKS_A_LOOK == 0:
            self._abort_abandoned()
        return await super().on_tick(counter)

    def _abort_abandoned(self) -> None:
        """Streams whose reader takes nothing: closing alone would wait until it does."""
        for connection in list(self.server_state.connections):
            scope = getattr(connection, "scope", None) or {}
            if scope.get("state", {}).get(ABANDONED):
                connection.transport.abort()


def serve_until_stopped(
    app: "FastAPI", settings: "Settings", host: str, port: int, graceful_shutdown_s: int
) -> None:
    """Serve until SIGTERM (returns) or SIGINT (raises KeyboardInterrupt), after the answers under way."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=settings.behind_tls_proxy,
        timeout_graceful_shutdown=graceful_shutdown_s,
    )
    # Uvicorn raises the signal once more when it is done; without a handler SIGTERM would look like a crash.
    signal.signal(signal.SIGTERM, lambda *_: None)
    server = Server(config, app.state.stream.close)
    with _bound(host, port) as bound:
        server.run(sockets=[bound])
    if not server.started:
        raise SettingsError("the service could not start; the log above says why")


def _bound(host: str, port: int) -> socket.socket:
    try:
        is_ipv6 = isinstance(ip_address(host), IPv6Address)
    except ValueError:
        is_ipv6 = False
    bound = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        # Connections have it from the socket that accepts them.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _MOST_UNSENT_BYTES)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --host or --port"
        ) from error
    return bound
