"""A request body to its elements, by its content type and the source's mapping."""

from io import BytesIO
from typing import Any

from app.adapters.byte_source import ByteSource
from app.adapters.csv_rows import MAX_ROW, read_csv
from app.adapters.documents import spread
from app.adapters.errors import BodyError, FileError
from app.adapters.json_text import BYTE_ORDER_MARK, parse_json
from app.adapters.mapping import FeedMapping
from app.adapters.results import Unreadable
from app.adapters.xml_tree import read_xml

_MEDIA = {
    "application/json": "json",
    "application/geo+json": "json",
    "text/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/geo+json-seq": "ndjson",
    "text/csv": "csv",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/cap+xml": "xml",
}


def parse_body(body: bytes, mapping: FeedMapping, content_type: str | None) -> tuple[list[Any], bool]:
    """The elements for `mapping.apply`, and whether the body was one bare record (to be answered as one).

    The content type decides where it says a format, else the mapping. Lines and rows that cannot be read are
    Unreadable in their place; BodyError where the body as a whole cannot be: empty, not JSON, NaN, not
    UTF-8, nested too deeply, XML with a document type or an entity.
    """
    if not body.strip():
        raise BodyError("the body is empty")
    media = (content_type or "").partition(";")[0].strip().lower()
    body_format = _MEDIA.get(media, mapping.format)
    try:
        if body_format == "ndjson":
            whole = None if media in _MEDIA else _parse_whole(body, mapping)
            return whole or (_parse_lines(body, mapping), False)
        if body_format == "csv":
            return _parse_rows(body, mapping), False
        if body_format == "xml":
            path = mapping.records_expression.path if mapping.records_expression is not None else None
            trees = list(read_xml(BytesIO(body), path or ()))
            return list(trees), path is None
        return spread(parse_json(body), mapping)
    except FileError as error:
        raise BodyError(str(error).replace("the file", "the body")) from error
    except ValueError as error:
        raise BodyError(f"the body {error}") from error


def parse_line(line: bytes, mapping: FeedMapping, number: int | None = None) -> list[Any]:
    """The elements of one line of NDJSON; what cannot be read is one Unreadable."""
    try:
        return spread(parse_json(line), mapping)[0]
    except ValueError as error:
        return [Unreadable(f"the line {error}", line, number)]


def _parse_whole(body: bytes, mapping: FeedMapping) -> tuple[list[Any], bool] | None:
    """A body that names no format, sent to a source of lines: one document, or None where it is lines."""
    try:
        return spread(parse_json(body), mapping)
    except ValueError:
        return None


def _parse_lines(body: bytes, mapping: FeedMapping) -> list[Any]:
    elements: list[Any] = []
    for number, line in enumerate(body.removeprefix(BYTE_ORDER_MARK).split(b"\n"), start=1):
        if line.strip():
            elements += parse_line(line, mapping, number)
    return elements


def _parse_rows(body: bytes, mapping: FeedMapping) -> list[Any]:
    rows = read_csv(
        ByteSource(BytesIO(body)).lines(MAX_ROW),
        delimiter=mapping.delimiter,
        encoding=mapping.encoding,
        required=mapping.required_columns,
    )
    return [
        row.value if row.problem is None else Unreadable(row.problem, row.raw or b"", row.line)
        for row in rows
    ]
