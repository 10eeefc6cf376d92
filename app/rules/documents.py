"""A rules document as people write it: TOML or JSON with the parameters that differ from the defaults."""

import tomllib
from collections.abc import Mapping
from typing import Any

import orjson

from app.core.errors import UnusableRecordError
from app.correlation.parameters import Parameters, ParametersError


def read_rules(text: str) -> Parameters:
    """Parameters from a file. Raises UnusableRecordError with the reason why they cannot apply."""
    try:
        document = orjson.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (orjson.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refused(f"the rules are neither TOML nor JSON: {error}") from error
    return parameters_of(document)


def parameters_of(document: Any) -> Parameters:
    """Parameters from a document. Raises UnusableRecordError."""
    if not isinstance(document, Mapping):
        raise _refused("the rules must be a table of parameters")
    try:
        return Parameters.from_document(document)
    except (ParametersError, TypeError, AttributeError, ValueError) as error:
        raise _refused(str(error)) from error


def differences(before: Parameters, after: Parameters) -> dict[str, tuple[Any, Any]]:
    """What differs, as (before, after) by name; natures as `nature_share.<nature>`."""
    old, new = _flat(before.to_document()), _flat(after.to_document())
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in document.items() if name != "nature_share"}
    return flat | {f"nature_share.{nature}": share for nature, share in document["nature_share"].items()}


def _refused(reason: str) -> UnusableRecordError:
    return UnusableRecordError(reason, errors=[{"pointer": "", "reason": reason}])
