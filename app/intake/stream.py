"""NDJSON in, a result per line out, while the request is still coming in: an import without an end."""

from asyncio import TaskGroup, sleep
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.adapters import Unreadable, parse_line
from app.core.clock import Clock
from app.core.errors import ProblemError
from app.intake.answers import WaitingAnswers
from app.intake.bodies import body_lines
from app.intake.parse import Batch, item_of
from app.intake.writer import Delivery
from app.sources.feeds import Feed

LINES_A_COMMIT = 500
# Of packed answers: some millions of lines.
WAITING_ANSWERS_LIMIT_BYTES = 64_000_000


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
        """Send the answers while reading goes on, for a client may first send everything and then read."""
        del scope, receive
        headers = [(b"content-type", b"application/x-ndjson"), (b"cache-control", b"private, no-store")]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        answers = WaitingAnswers(WAITING_ANSWERS_LIMIT_BYTES)
        async with TaskGroup() as tasks:
            tasks.create_task(self._take_in(answers))
            async for answer in answers:
                await send({"type": "http.response.body", "body": answer, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _take_in(self, answers: WaitingAnswers) -> None:
        """Read, store and answer in turn; an error ends the answer with a problem as its last line."""
        number = 0
        try:
            async for lines in body_lines(self._request, self._line_limit_bytes):
                for start in range(0, len(lines), LINES_A_COMMIT):
                    await self._answer(lines[start : start + LINES_A_COMMIT], number + start, answers)
                number += len(lines)
        except ProblemError as error:
            await answers.put(orjson.dumps(error.document()) + b"\n")
        answers.end()

    async def _answer(self, lines: list[bytes], before: int, answers: WaitingAnswers) -> None:
        batch = self._parse(lines, before)
        if batch.items or batch.refusals:
            await self._store(Delivery(self._feed, batch.items, batch.refusals, self.media_type))
        if batch.results:
            await answers.put(b"".join(orjson.dumps(result) + b"\n" for result in batch.documents()))
        # Lines that need no storing would otherwise keep everybody else waiting.
        await sleep(0)

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
        limit = self._line_limit_bytes
        if len(line) > limit:
            return [Unreadable(f"a line may have at most {limit:,} bytes", line[:limit], number)]
        return parse_line(line, self._feed.mapping, number)
