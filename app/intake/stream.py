"""NDJSON in, a result per line out, while the request is still coming in: an import without an end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.adapters import Unreadable, parse_line
from app.core.clock import Clock
from app.core.errors import ProblemError
from app.intake.bodies import body_chunks
from app.intake.parse import Batch, item_of
from app.intake.writer import Delivery
from app.sources.feeds import Feed

LINES_A_COMMIT = 500


class NdjsonExchange(Response):
    """Answers as it reads, so it takes the connection itself; a line is stored before its result is sent."""

    media_type = "application/x-ndjson"

    def __init__(
        self,
        request: Request,
        feed: Feed,
        store: Callable[[Delivery], Awaitable[None]],
        clock: Clock,
        line_limit_bytes: int,
    ) -> None:
        super().__init__(status_code=202)
        self._request = request
        self._feed = feed
        self._store = store
        self._clock = clock
        self._line_limit_bytes = line_limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, store and answer in turn; an error ends the answer with a problem as its last line."""
        del scope, receive
        headers = [(b"content-type", b"application/x-ndjson"), (b"cache-control", b"private, no-store")]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        number = 0
        try:
            async for lines in self._groups():
                batch = self._parse(lines, number)
                number += len(lines)
                if batch.items or batch.refusals:
                    await self._store(Delivery(self._feed, batch.items, batch.refusals, self.media_type))
                answer = b"".join(orjson.dumps(result) + b"\n" for result in batch.documents())
                await send({"type": "http.response.body", "body": answer, "more_body": True})
        except ProblemError as error:
            document = orjson.dumps(error.document()) + b"\n"
            await send({"type": "http.response.body", "body": document, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _parse(self, lines: list[bytes], before: int) -> Batch:
        batch = Batch(is_single=False)
        now = self._clock()
        for offset, line in enumerate(lines):
            if not line.strip():
                continue
            number = before + offset + 1
            for element in self._elements(line, number):
                result = self._feed.mapping.apply(element, ordinal=number - 1, line=number, now=now)
                batch.results.append(item_of(self._feed, result, now))
        return batch

    def _elements(self, line: bytes, number: int) -> list[Any]:
        if len(line) > self._line_limit_bytes:
            return [Unreadable(f"a line may have at most {self._line_limit_bytes:,} bytes", line, number)]
        return parse_line(line, self._feed.mapping, number)

    async def _groups(self) -> AsyncIterator[list[bytes]]:
        """Complete lines, as many as have come, at most so many at once."""
        rest = b""
        async for chunk in body_chunks(self._request, None):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > self._line_limit_bytes:
                lines, rest = [*lines, rest], b""
            for start in range(0, len(lines), LINES_A_COMMIT):
                yield lines[start : start + LINES_A_COMMIT]
        if rest.strip():
            yield [rest]
