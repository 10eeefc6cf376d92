"""JMESPath expressions, compiled once; plain paths, and what compares one with words, become look-ups."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

from app.adapters.errors import MappingError, Unusable
from app.adapters.functions import FUNCTION_NAMES, FUNCTIONS, REGEX_FUNCTIONS, compile_regex

MAX_EXPRESSION = 2_000
_OPTIONS = jmespath.Options(custom_functions=FUNCTIONS)
# What an expression over data of the wrong shape can raise; JMESPathError is a ValueError.
_EVALUATION_ERRORS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Expression:
    """One compiled expression. `path` holds the keys of a plain path, else None.

    `find(element)` takes an object and gives the value or None; it raises Unusable when a function of the
    expression does not fit the record's types. The reason never quotes the record.
    """

    text: str
    path: tuple[str, ...] | None
    find: Callable[[dict[str, Any]], Any]


def compile_expression(text: str, key: str) -> Expression:
    """The expression, ready to use; MappingError names `key` and what is wrong with it."""
    if len(text) > MAX_EXPRESSION:
        raise MappingError(f"{key}: an expression may have at most {MAX_EXPRESSION} characters")
    try:
        tree: Any = jmespath.compile(text).parsed
        _check_functions(tree)
    except MappingError as error:
        raise MappingError(f"{key}: {error}") from error
    except (JMESPathError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise MappingError(f"{key}: {text!r} is not a JMESPath expression: {reason}") from error
    except RecursionError as error:
        raise MappingError(f"{key}: the expression is nested too deeply") from error
    path = _plain_path(tree)
    if path is not None:
        return Expression(text, path, _getter(path))
    choice = _choice(tree)
    return Expression(text, None, _interpreter(text, tree) if choice is None else _chooser(*choice))


def is_true(value: Any) -> bool:
    """JMESPath's truth: null, false and everything empty are false, the number 0 is not."""
    return value is not None and value is not False and value not in ("", [], {})


def _getter(path: tuple[str, ...]) -> Callable[[dict[str, Any]], Any]:
    if len(path) == 1:
        key = path[0]
        return lambda element: element.get(key)

    def find(element: dict[str, Any]) -> Any:
        value: Any = element
        for part in path:
            if not isinstance(value, dict):
                return None
            value = value.get(part)
        return value

    return find


def _chooser(path: tuple[str, ...], words: frozenset[str]) -> Callable[[dict[str, Any]], bool]:
    value_of = _getter(path)

    def find(element: dict[str, Any]) -> bool:
        value = value_of(element)
        return isinstance(value, str) and value in words

    return find


def _interpreter(text: str, tree: Any) -> Callable[[dict[str, Any]], Any]:
    reason = f"the expression {text!r} does not fit this record"
    interpreter = TreeInterpreter(_OPTIONS)

    def find(element: dict[str, Any]) -> Any:
        try:
            # TreeInterpreter keeps no state between visits but a cache of its own methods.
            return interpreter.visit(tree, element)
        except _EVALUATION_ERRORS as error:
            raise Unusable(reason) from error

    return find


def _plain_path(node: dict[str, Any]) -> tuple[str, ...] | None:
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return None
    parts = [_plain_path(child) for child in node["children"]]
    if any(part is None for part in parts):
        return None
    return tuple(name for part in parts if part is not None for name in part)


def _choice(node: dict[str, Any]) -> tuple[tuple[str, ...], frozenset[str]] | None:
    """The path and the words of `path == 'word' || path == 'other'`, or None for anything else."""
    children = node["children"]
    if node["type"] == "comparator" and node["value"] == "eq":
        path, literal = _plain_path(children[0]), children[1]
        if path is None or literal["type"] != "literal" or not isinstance(literal["value"], str):
            return None
        return path, frozenset({literal["value"]})
    if node["type"] != "or_expression":
        return None
    left, right = (_choice(child) for child in children)
    if left is None or right is None or left[0] != right[0]:
        return None
    return left[0], left[1] | right[1]


def _check_functions(node: Any) -> None:
    if not isinstance(node, dict):
        return
    children = node.get("children") or []
    if node.get("type") == "function_expression":
        name = str(node["value"])
        if name not in FUNCTION_NAMES:
            near = get_close_matches(name, FUNCTION_NAMES, n=1)
            hint = f", did you mean {near[0]}()?" if near else ""
            raise MappingError(f"there is no function {name}(){hint}")
        if name in REGEX_FUNCTIONS and len(children) == 2 and children[1].get("type") == "literal":
            pattern = children[1]["value"]
            try:
                compile_regex(str(pattern))
            except ValueError as error:
                raise MappingError(f"{pattern!r}: {error}") from error
    for child in children:
        _check_functions(child)
