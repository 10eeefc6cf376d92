"""The JSON documents that requests bring: read once it is known who sends them, and never above a limit."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from app.core.errors import MalformedBodyError, TooLargeError, UnsupportedMediaError, UnusableRecordError

MOST_BYTES = 100_000
Model = TypeVar("Model", bound=BaseModel)


async def read_document(request: Request) -> Any:
    """The request's JSON, as a dependency after that of the key: a stranger's body is not even read.

    Raises UnsupportedMediaError, TooLargeError, MalformedBodyError.
    """
    return _parsed(await _read(request, MOST_BYTES))


async def read_large_document(request: Request) -> Any:
    """The same for documents as large as what feeds may send."""
    return _parsed(await _read(request, request.app.state.settings.body_limit_bytes))


async def read_large_body(request: Request) -> bytes:
    """Its bytes, for what reads them itself as it reads files; but no others than of JSON."""
    body = await _read(request, request.app.state.settings.body_limit_bytes)
    if body.lstrip()[:1] not in (b"{", b"["):
        raise MalformedBodyError("the body is no JSON object or list")
    return body


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBodyError(f"the body is no JSON: {error}") from error


async def _read(request: Request, most_bytes: int) -> bytes:
    """The body; its digest stays with the request, so that a repeat is known as one."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaError("send the document as `Content-Type: application/json`")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                raise TooLargeError(f"the document may have {most_bytes:,} bytes")
    except ClientDisconnect:
        raise MalformedBodyError("the connection was closed before the end of the body") from None
    request.state.body_digest = sha256(body).digest()
    return bytes(body)


def document_of(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency: the request's JSON as a model. Raises UnusableRecordError with all that is wrong."""

    async def read(request: Request) -> Model:
        document = await read_document(request)
        try:
            return model.model_validate(document)
        except ValidationError as error:
            problems = [
                {"pointer": "".join(f"/{part}" for part in item["loc"]), "reason": item["msg"]}
                for item in error.errors(include_url=False, include_context=False, include_input=False)
            ]
            raise UnusableRecordError("the document cannot be used", errors=problems) from error

    return read
