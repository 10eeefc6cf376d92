"""TOML tables into nested frozen dataclasses, refusing what the classes do not know."""

import math
import tomllib
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Settings = TypeVar("Settings")


class CityError(ValueError):
    """Settings from which no city can be made: the message names the key and says why."""


def read_settings(settings_class: type[Settings], text: str) -> Settings:
    """An instance of the dataclass from TOML text; raises CityError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CityError(f"no TOML: {error}") from error
    return _instance(settings_class, table, "")


def _instance(settings_class: type[Settings], table: dict[str, Any], path: str) -> Settings:
    hints = get_type_hints(settings_class)
    known = {item.name for item in fields(settings_class)}  # type: ignore[arg-type]
    unknown = sorted(table.keys() - known)
    if unknown:
        raise CityError(f"unknown setting {path}{unknown[0]}; known are {', '.join(sorted(known))}")
    return settings_class(**{key: _value(hints[key], value, path + key) for key, value in table.items()})


def _value(hint: Any, value: Any, path: str) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(option for option in get_args(hint) if option is not type(None))
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return _instance(hint, value, path + ".")
    if get_origin(hint) is Mapping and isinstance(value, dict):
        key_class, value_class = get_args(hint)
        return {_key(key_class, key, path): _value(value_class, item, path) for key, item in value.items()}
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_value(get_args(hint)[0], item, path) for item in value)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        if "share" in path and not 0 <= value <= 1:
            raise CityError(f"{path} is a share: from 0 to 1")
        if not math.isfinite(value) or (value < 0 and path not in ("longitude", "latitude")):
            raise CityError(f"{path} cannot be {value}")
        return float(value)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise CityError(f"{path} cannot be negative")
        return value
    if hint is str and isinstance(value, str):
        return value
    raise CityError(f"{path} cannot be {value!r}")


def _key(key_class: type[Enum], key: str, path: str) -> Enum:
    try:
        return key_class(key)
    except ValueError as error:
        raise CityError(f"{path}: {error}") from error
