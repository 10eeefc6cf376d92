"""A rules document as people write it: TOML or JSON with the parameters that differ from the defaults."""

import difflib
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import orjson

from app.core.errors import UnusableRecordError
from app.correlation.parameters import NATURES, Parameters, ParametersError

_SHARES = "nature_share"
_KNOWN = {item.name: item.default for item in fields(Parameters)}
_LONGEST_NAME = 64


def read_rules(text: str) -> Parameters:
    """Parameters from a file. Raises UnusableRecordError with the reason why they cannot apply."""
    if not text.strip():
        raise _refused({"": "the file is empty"})
    try:
        document = orjson.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (orjson.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _refused({"": f"this is neither TOML nor JSON: {error}"}) from error
    return parameters_of(document)


def parameters_of(document: Any) -> Parameters:
    """Parameters from a document. Raises UnusableRecordError with every place that is wrong.

    Whole numbers become what the parameter is, so that `900` and `900.0` are the same version.
    """
    if not isinstance(document, Mapping):
        raise _refused({"": "must be a table of parameters"})
    problems = dict(_problems(document))
    if problems:
        raise _refused(problems)
    try:
        return Parameters.from_document({name: _as_number(name, value) for name, value in document.items()})
    except ParametersError as error:
        name = str(error).partition(" ")[0]
        raise _refused({_pointer(name) if name in _KNOWN else "": str(error)}) from error


def differences(before: Parameters, after: Parameters) -> dict[str, tuple[Any, Any]]:
    """What differs, as (before, after) by name; natures as `nature_share.<nature>`."""
    old, new = _flat(before.to_document()), _flat(after.to_document())
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


def _problems(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names that there are not and values that are no numbers, by pointer; the parameters see to the rest."""
    for name, value in document.items():
        if name not in _KNOWN:
            yield _pointer(name), _unknown(name, _KNOWN)
        elif name != _SHARES:
            if reason := _no_number(value):
                yield _pointer(name), reason
        elif not isinstance(value, Mapping):
            yield _pointer(name), "must be a table of shares by nature"
        else:
            for nature, share in value.items():
                reason = _unknown(nature, NATURES) if nature not in NATURES else _no_number(share)
                if reason:
                    yield _pointer(name, nature), reason


def _unknown(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name[:_LONGEST_NAME], known, n=1)
    return f"there is no such name; did you mean {close[0]}?" if close else "there is no such name"


def _no_number(value: Any) -> str | None:
    """Why a value is no number that can be reckoned with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    try:
        return None if math.isfinite(value) else "must be a finite number"
    except OverflowError:
        return "must be a finite number"


def _as_number(name: str, value: Any) -> Any:
    if name == _SHARES:
        return {nature: _as_number(nature, share) for nature, share in value.items()}
    is_whole = isinstance(_KNOWN.get(name), int) and value == int(value)
    return int(value) if is_whole else float(value) + 0.0  # no minus zero


def _pointer(*names: str) -> str:
    """A JSON pointer (RFC 6901), without what a terminal would obey."""
    printable = ("".join(c if c.isprintable() else "\ufffd" for c in name[:_LONGEST_NAME]) for name in names)
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in printable)


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in document.items() if name != _SHARES}
    return flat | {f"{_SHARES}.{nature}": share for nature, share in document[_SHARES].items()}


def _refused(problems: Mapping[str, str]) -> UnusableRecordError:
    errors = [{"pointer": pointer, "reason": reason} for pointer, reason in problems.items()]
    return UnusableRecordError("these rules cannot apply", errors=errors)
