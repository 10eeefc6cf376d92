"""PostgreSQL: connections of the event loop's own, for statements that an index answers at once.

Handing a request to a thread and back takes longer than such a statement.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import URL

_CONNECTIONS = 4
_WAIT_S = 0.5


class QuickReader:
    """Reads texts without a thread while it is open. Whoever gets None asks in another way."""

    def __init__(self, url: URL, connect_args: Mapping[str, Any]) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._options = {**connect_args, "autocommit": True}
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] | None = None

    async def open(self) -> None:
        """Begin to connect, without waiting for it."""
        self._pool = AsyncConnectionPool(
            self._conninfo,
            kwargs=self._options,
            min_size=0,
            max_size=_CONNECTIONS,
            timeout=_WAIT_S,
            open=False,
        )
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Let go of the connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def texts(
        self, statement: str, values: Mapping[str, Any], place: int
    ) -> tuple[list[bytes], Sequence[Any]] | None:
        """The first column of the rows as it came, and the other columns of one row, or of the last.

        None while the database cannot be asked.
        """
        if self._pool is None:
            return None
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.cursor().execute(statement, values, prepare=True)
                result = cursor.pgresult
                if result is None or not result.ntuples:
                    return [], ()
                texts = [result.get_value(row, 0) or b"" for row in range(result.ntuples)]
                await cursor.scroll(min(place, len(texts) - 1), mode="absolute")
                told = await cursor.fetchone()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            return None
        return texts, told[1:] if told else ()
