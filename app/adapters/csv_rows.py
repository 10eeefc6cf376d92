"""CSV (RFC 4180) to one dictionary per row, by the names in the first row."""

import csv
from collections.abc import Iterable, Iterator

from app.adapters.errors import FileError
from app.adapters.json_text import BYTE_ORDER_MARK
from app.adapters.results import Element

MAX_ROW = 4 << 20


class _Lines:
    """Decodes lines for the csv module and remembers the bytes of the row that is being read."""

    def __init__(self, lines: Iterable[bytes], encoding: str) -> None:
        self._lines = iter(lines)
        self._encoding = encoding
        self.row: list[bytes] = []
        self.read = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            text = line.removeprefix(BYTE_ORDER_MARK) if self.read == 0 else line
            self.read += 1
            self.row.append(text)
            # Bytes that are not of the encoding come through as lone surrogates: a fault of this row only.
            yield text.decode(self._encoding, "surrogateescape")


def read_csv(
    lines: Iterable[bytes], *, delimiter: str, encoding: str, required: tuple[str, ...]
) -> Iterator[Element]:
    """Rows as elements; blank rows are left out, a row that does not fit the header is a problem of its own.

    `line` is where the row begins. FileError for a file without a usable header or without a `required`
    column: then no row could be used.
    """
    source = _Lines(lines, encoding)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    header = _read_header(reader, required)
    ordinal = 0
    while True:
        source.row.clear()
        line = source.read + 1
        problem = None
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problem = f"the row is not CSV: {error}"
        if problem is None:
            if not cells:
                continue
            problem = _misfit(cells, header, encoding)
        raw = b"".join(source.row)
        if problem is None:
            value = {name: cell for name, cell in zip(header, cells, strict=True) if name}
            yield Element(ordinal=ordinal, line=line, value=value, raw=raw)
        else:
            yield Element(ordinal=ordinal, line=line, problem=problem, raw=raw)
        ordinal += 1


def _read_header(reader: Iterator[list[str]], required: tuple[str, ...]) -> list[str]:
    try:
        header = [name.strip() for name in next(reader)]
    except StopIteration as error:
        raise FileError("the file is empty") from error
    except csv.Error as error:
        raise FileError(f"the first row is not CSV: {error}") from error
    named = [name for name in header if name]
    if not named:
        raise FileError("the first row must name the columns")
    twice = {name for name in named if named.count(name) > 1}
    if twice:
        raise FileError(f"the first row names a column twice: {', '.join(sorted(twice))}")
    for name in required:
        if name not in named:
            listed = ", ".join(named)[:300]
            raise FileError(f"there is no column {name!r}; the first row names {listed}")
    return header


def _misfit(cells: list[str], header: list[str], encoding: str) -> str | None:
    if len(cells) != len(header):
        return f"the row has {len(cells)} columns, the header {len(header)}"
    for cell in cells:
        if not cell.isascii() and any("\udc80" <= character <= "\udcff" for character in cell):
            return f"the row is not {encoding}"
    return None
