"""The elements of a large JSON document one by one, in constant memory.

Only the brackets and strings are looked at here; each element's bytes go to the JSON parser whole, so that
one bad element is one problem and not the end of the file. (ijson was tried: 100 kB of "[" took all the
machine's memory, and one integer beyond 64 bits ended the file.)
"""

import re
from collections.abc import Callable, Generator, Iterator

from app.adapters.errors import FileError
from app.adapters.json_text import BYTE_ORDER_MARK, parse_json

CHUNK = 1 << 16
MAX_ELEMENT = 16 << 20
_SPACE = re.compile(rb"[ \t\r\n]*+")
_WITHOUT_BRACKETS = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^ \t\r\n,\]}\[{:\"]*+")
_QUOTE, _OPEN_LIST, _CLOSE_LIST, _OPEN_OBJECT, _CLOSE_OBJECT = b'"[]{}'
_COMMA, _COLON = b",:"
_END = -1


class JsonStream:
    """A cursor over JSON text that arrives in pieces; `read(n)` gives at most n bytes, b"" at the end."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._data = b""
        self._at = 0
        self.is_list = False
        # Positions from which the data may not be dropped yet: the document's, the present value's.
        self._document: int | None = None
        self._start: int | None = None
        if self._fill():
            self._data = self._data.removeprefix(BYTE_ORDER_MARK)

    def elements(self, path: tuple[str, ...], *, whole: bool) -> Iterator[bytes]:
        """The bytes of each element: of the list at the top, or of the one at `path` inside the object there.

        Without a path an object is itself the element. With `whole`, so is an object that has nothing at
        the path. Raises FileError where the text stops being JSON, after yielding what came before.
        """
        first = self._peek()
        if first == _END:
            raise FileError("the file is empty")
        self.is_list = first == _OPEN_LIST
        if self.is_list:
            yield from self._list()
        elif first == _OPEN_OBJECT and path:
            self._document = self._at if whole else None
            found = yield from self._member(path)
            if not found and not whole:
                raise FileError(f"there is no list at {'.'.join(path)!r}")
            if not found and self._document is not None:
                yield self._data[self._document : self._at]
        else:
            yield self._value()
        self._document = None
        if self._peek() != _END:
            raise FileError("something follows the end of the JSON document")

    def _list(self) -> Iterator[bytes]:
        self._at += 1
        if self._peek() == _CLOSE_LIST:
            self._at += 1
            return
        while True:
            yield self._value()
            after = self._peek()
            if after not in (_COMMA, _CLOSE_LIST):
                raise FileError(self._unexpected(after, "a comma or the end of the list"))
            self._at += 1
            if after == _CLOSE_LIST:
                return

    def _member(self, path: tuple[str, ...]) -> Generator[bytes, None, bool]:
        """Yields the elements at the path, reads the object to its end, returns whether it had the path."""
        self._at += 1
        found = False
        if self._peek() == _CLOSE_OBJECT:
            self._at += 1
            return found
        while True:
            name = self._name()
            value = self._peek()
            if found or name != path[0]:
                self._value()
            elif len(path) > 1 and value == _OPEN_OBJECT:
                found = yield from self._member(path[1:])
            elif len(path) == 1 and value == _OPEN_LIST:
                found, self._document = True, None
                yield from self._list()
            elif len(path) == 1 and value == _OPEN_OBJECT:
                found, self._document = True, None
                yield self._value()
            else:
                self._value()
            after = self._peek()
            if after not in (_COMMA, _CLOSE_OBJECT):
                raise FileError(self._unexpected(after, "a comma or the end of the object"))
            self._at += 1
            if after == _CLOSE_OBJECT:
                return found

    def _name(self) -> object:
        if self._peek() != _QUOTE:
            raise FileError(self._unexpected(self._peek(), "a name in quotes"))
        text = self._value()
        if self._peek() != _COLON:
            raise FileError(self._unexpected(self._peek(), "a colon"))
        self._at += 1
        try:
            return parse_json(text)
        except ValueError as error:
            raise FileError(f"a name {error}") from error

    def _value(self) -> bytes:
        """The bytes of the next value, whatever it is; only its extent is checked."""
        first = self._peek()
        if first == _END:
            raise FileError(self._unexpected(first, "a value"))
        self._start = self._at
        if first in (_OPEN_LIST, _OPEN_OBJECT):
            self._skip_brackets()
        elif first == _QUOTE:
            self._skip_string()
        else:
            self._skip_scalar()
        value = self._data[self._start : self._at]
        self._start = None
        if not value:
            raise FileError(self._unexpected(first, "a value"))
        return value

    def _skip_brackets(self) -> None:
        depth = 0
        while True:
            match = _WITHOUT_BRACKETS.match(self._data, self._at)
            self._at = match.end() if match else self._at
            byte = self._data[self._at] if self._at < len(self._data) else _QUOTE
            if byte == _QUOTE:
                if not self._fill():
                    raise FileError("the file ends within a record")
                continue
            self._at += 1
            depth += 1 if byte in (_OPEN_LIST, _OPEN_OBJECT) else -1
            if depth == 0:
                return

    def _skip_string(self) -> None:
        while True:
            match = _STRING.match(self._data, self._at)
            if match:
                self._at = match.end()
                return
            if not self._fill():
                raise FileError("the file ends within a text")

    def _skip_scalar(self) -> None:
        while True:
            match = _SCALAR.match(self._data, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._data) or not self._fill():
                return

    def _peek(self) -> int:
        """The next byte that is no white space, or _END; the cursor stands on it."""
        while True:
            match = _SPACE.match(self._data, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._data):
                return self._data[self._at]
            if not self._fill():
                return _END

    def _fill(self) -> bool:
        """Reads on, dropping what is no longer needed; False at the end of the file."""
        start = min(mark for mark in (self._document, self._start, self._at) if mark is not None)
        kept = len(self._data) - start
        if kept > MAX_ELEMENT:
            raise FileError(f"one record is larger than {MAX_ELEMENT >> 20} MB")
        # Growing with what is kept makes a record of many pieces cost linear time.
        piece = self._read(max(CHUNK, kept))
        if not piece:
            return False
        self._data = self._data[start:] + piece
        self._at -= start
        self._document = None if self._document is None else self._document - start
        self._start = None if self._start is None else self._start - start
        return True

    def _unexpected(self, byte: int, expected: str) -> str:
        if byte == _END:
            return f"the file ends where {expected} was expected"
        return f"expected {expected}, found {chr(byte)!r}"
