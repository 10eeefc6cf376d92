"""Answers in the form the client asked for: negotiation, entity tags, CSV that no spreadsheet executes."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import NotAcceptableError

_EXECUTED = ("=", "+", "-", "@", "\t", "\r", "\n")


class Form(StrEnum):
    """What `f=` may say."""

    JSON = "json"
    GEOJSON = "geojson"
    CSV = "csv"
    HTML = "html"


MEDIA_TYPES = {
    Form.JSON: "application/json",
    Form.GEOJSON: "application/geo+json",
    Form.CSV: "text/csv",
    Form.HTML: "text/html",
}


def chosen_form(request: Request, named: str | None, offered: Sequence[Form]) -> Form:
    """The form by `f=`, else by Accept (RFC 9110, section 12.5.1); browsers get the first one offered."""
    if named is not None:
        return Form(named)
    return _best_form(",".join(request.headers.getlist("accept")) or "*/*", tuple(offered))


@lru_cache(maxsize=128)
def _best_form(header: str, offered: tuple[Form, ...]) -> Form:
    wanted = [_media_range(part) for part in header.split(",") if part.strip()]
    quality = {form: _quality(MEDIA_TYPES[form], wanted) for form in offered}
    best = max(offered, key=lambda form: quality[form])
    if quality[best] > 0:
        return best
    if _quality("text/html", wanted) > 0:
        return offered[0]
    types = ", ".join(MEDIA_TYPES[form] for form in offered)
    raise NotAcceptableError(f"this can be had as {types}")


def json_answer(
    request: Request, document: Any, *, media_type: str = "application/json", has_people: bool = False
) -> Response:
    """A document with its entity tag; 304 when the client has it. What has people in it is never kept."""
    return tagged(request, orjson.dumps(document), media_type=media_type, has_people=has_people)


def written_answer(document: Any, status: int = 200) -> Response:
    """What a write did; nobody keeps it."""
    return Response(
        orjson.dumps(document),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "private, no-store"},
    )


def moved_answer(address: str) -> Response:
    """What was asked for has another address for good; the method stays (308)."""
    return Response(status_code=308, headers={"Location": address, "Cache-Control": "private, no-cache"})


def tagged(
    request: Request,
    body: bytes,
    *,
    media_type: str,
    has_people: bool,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A body with its entity tag, or 304."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    sent = {
        "ETag": tag,
        "Cache-Control": "private, no-store" if has_people else "private, no-cache",
        "Vary": "Accept, Authorization, Cookie",
        **(headers or {}),
    }
    if has_tag(request, tag):
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=media_type, headers=sent)


def has_tag(request: Request, tag: str) -> bool:
    """Whether the client has what bears this entity tag."""
    told = [item.strip() for item in request.headers.get("if-none-match", "").split(",")]
    return "*" in told or tag in told or f"W/{tag}" in told


def takes_gzip(request: Request) -> bool:
    """Whether the client says that it can unpack."""
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, quality = part.partition(";")
        if name.strip().lower() == "gzip":
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def next_link(request: Request, cursor: str | None) -> str | None:
    """The address of the page that follows, with everything else that was asked."""
    if cursor is None:
        return None
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"


def csv_body(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows under a header line (RFC 4180). A text that a spreadsheet would run gets a leading apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows([safe_cell(row[column]) for column in columns] for row in rows)
    return buffer.getvalue().encode()


def safe_cell(value: Any) -> Any:
    """A value for CSV: a text that a spreadsheet would run gets a leading apostrophe."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_EXECUTED):
        return "'" + value
    return value


def _media_range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0.0


def _quality(media_type: str, wanted: Sequence[tuple[str, float]]) -> float:
    """The quality that the most specific matching range gives."""
    for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        found = [quality for range_, quality in wanted if range_ == name]
        if found:
            return max(found)
    return 0.0
