"""A file of any length to its elements, one at a time, in constant memory."""

from collections.abc import Iterator
from itertools import count
from typing import BinaryIO

from app.adapters.byte_source import ByteSource
from app.adapters.csv_rows import MAX_ROW, read_csv
from app.adapters.documents import spread
from app.adapters.errors import FileError
from app.adapters.json_stream import MAX_ELEMENT, JsonStream
from app.adapters.json_text import BYTE_ORDER_MARK, parse_json
from app.adapters.mapping import FeedMapping
from app.adapters.results import Element
from app.adapters.xml_tree import read_xml


def read_records(stream: BinaryIO, mapping: FeedMapping) -> Iterator[Element]:
    """Elements in the file's order, for `mapping.apply_element`; a gzip of any format is unpacked.

    An element or line that cannot be read is an Element with a `problem`. FileError where the file cannot be
    read on (truncated, damaged, not of its format), after everything before that place.
    """
    source = ByteSource(stream)
    match mapping.format:
        case "csv":
            return read_csv(
                source.lines(MAX_ROW),
                delimiter=mapping.delimiter,
                encoding=mapping.encoding,
                required=mapping.required_columns,
            )
        case "ndjson":
            return _read_ndjson(source, mapping)
        case "xml":
            return _read_xml(source, mapping)
        case _:
            return _read_json(source, mapping)


def _read_ndjson(source: ByteSource, mapping: FeedMapping) -> Iterator[Element]:
    ordinals = count()
    for number, line in enumerate(source.lines(MAX_ELEMENT), start=1):
        text = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
        if text.strip():
            yield from _read_text(text, mapping, ordinals, number)


def _read_json(source: ByteSource, mapping: FeedMapping) -> Iterator[Element]:
    expression = mapping.records_expression
    path: tuple[str, ...] = ()
    if mapping.format == "geojson":
        path = ("features",)
    elif expression is not None and expression.path is not None:
        path = expression.path
    stream = JsonStream(source.read)
    ordinals = count()
    for text in stream.elements(path, whole=mapping.format == "geojson"):
        # At a plain path the stream has already found the records; they are not to be looked into again.
        if path and expression is not None and not stream.is_list:
            yield from _read_text(text, None, ordinals, None)
        else:
            yield from _read_text(text, mapping, ordinals, None)


def _read_text(
    text: bytes, mapping: FeedMapping | None, ordinals: "count[int]", line: int | None
) -> Iterator[Element]:
    try:
        document = parse_json(text)
        values = [document] if mapping is None else spread(document, mapping)[0]
    except ValueError as error:
        what = "line" if line is not None else "record"
        yield Element(ordinal=next(ordinals), line=line, problem=f"the {what} {error}", raw=text)
        return
    for value in values:
        yield Element(ordinal=next(ordinals), line=line, value=value, raw=text)


def _read_xml(source: ByteSource, mapping: FeedMapping) -> Iterator[Element]:
    expression = mapping.records_expression
    path = expression.path if expression is not None and expression.path is not None else ()
    try:
        for ordinal, tree in enumerate(read_xml(source, path)):
            yield Element(ordinal=ordinal, line=None, value=tree)
    except FileError:
        raise
    except ValueError as error:
        raise FileError(f"the file {error}") from error
