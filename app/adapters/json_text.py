"""JSON text to values: fast for what every sender writes, tolerant of what JSON allows and few write."""

import json
import math
from typing import Any, NoReturn

import orjson

# RFC 8259 lets a parser ignore the mark that Windows programs put first.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAX_DIGITS = 300


def parse_json(text: bytes) -> Any:
    """The value; ValueError says why not: empty, invalid UTF-8, NaN or Infinity, nested too deeply.

    Half a surrogate pair and numbers beyond a float are JSON by its grammar: they come through, as text
    that the field's conversion then judges, because one bad field must not lose the record.
    """
    body = text.removeprefix(BYTE_ORDER_MARK)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parse_slowly(body)


def _parse_slowly(body: bytes) -> Any:
    if not body.strip():
        raise ValueError("is empty")
    try:
        decoded = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8: byte {error.start}") from error
    try:
        return json.loads(
            decoded, parse_constant=_refuse_constant, parse_float=_parse_float, parse_int=_parse_integer
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"is not JSON: {name} is no JSON value")


def _parse_float(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _parse_integer(digits: str) -> int | float | str:
    return int(digits) if len(digits) <= _MAX_DIGITS else digits
