"""Functions that mappings may use beside JMESPath's own, for standards that pack several values in a string.

`split(text, separator)` cuts a string into a list; a blank separator cuts at any run of white space.
`matches(text, regex)` says whether the regular expression is found anywhere in the text.
`extract(text, regex)` gives the first group of the first match, or the whole match without a group.
`replace(text, old, new)`, `lower(text)`, `upper(text)`, `trim(text)` do what they say.
`multiply(a, b)` multiplies numbers (kilometres to metres).
`attach(list, name, value)` gives every object of the list one more member: JMESPath cannot look back up,
so the calls inside an incident get hold of the incident this way.

All answer null where they are given null, so that a missing field is no error. Regular expressions are at
most 300 characters, may not nest repetitions (they would take forever on some input), and see at most
20,000 characters of text.
"""

import re
from functools import lru_cache
from typing import Any

from jmespath import functions

MAX_REGEX = 300
MAX_SUBJECT = 20_000
MAX_ATTACHED = 500
REGEX_FUNCTIONS = frozenset({"matches", "extract"})
_NESTED_REPETITION = re.compile(r"[+*}]\??\)+[+*{]")
# jmespath.functions.signature takes these dictionaries; its stubs know them only by a private name.
_TEXT: Any = {"types": ["string", "null"]}
_NUMBER: Any = {"types": ["number", "null"]}
_ANY: Any = {"types": []}
_LIST: Any = {"types": ["array", "object", "null"]}
_NAME: Any = {"types": ["string"]}


@lru_cache(maxsize=512)
def compile_regex(pattern: str) -> re.Pattern[str]:
    """The compiled regular expression; ValueError says what is wrong with it."""
    if len(pattern) > MAX_REGEX:
        raise ValueError(f"a regular expression may have at most {MAX_REGEX} characters")
    if _NESTED_REPETITION.search(pattern):
        raise ValueError("a regular expression may not repeat what already repeats")
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from error


class MappingFunctions(functions.Functions):
    """JMESPath's functions and ours. Methods are found by the prefix `_func_`."""

    @functions.signature(_TEXT, _NAME)
    def _func_split(self, text: str | None, separator: str) -> list[str] | None:
        if text is None:
            return None
        return text.split(separator if separator.strip() else None)

    @functions.signature(_TEXT, _NAME)
    def _func_matches(self, text: str | None, pattern: str) -> bool | None:
        if text is None:
            return None
        return compile_regex(pattern).search(text[:MAX_SUBJECT]) is not None

    @functions.signature(_TEXT, _NAME)
    def _func_extract(self, text: str | None, pattern: str) -> str | None:
        match = None if text is None else compile_regex(pattern).search(text[:MAX_SUBJECT])
        if match is None:
            return None
        return match.group(1) if match.re.groups else match.group()

    @functions.signature(_TEXT, _NAME, _NAME)
    def _func_replace(self, text: str | None, old: str, new: str) -> str | None:
        return None if text is None else text[:MAX_SUBJECT].replace(old, new)[:MAX_SUBJECT]

    @functions.signature(_TEXT)
    def _func_lower(self, text: str | None) -> str | None:
        return None if text is None else text.lower()

    @functions.signature(_TEXT)
    def _func_upper(self, text: str | None) -> str | None:
        return None if text is None else text.upper()

    @functions.signature(_TEXT)
    def _func_trim(self, text: str | None) -> str | None:
        return None if text is None else text.strip()

    @functions.signature(_NUMBER, _NUMBER)
    def _func_multiply(self, first: float | None, second: float | None) -> float | None:
        return None if first is None or second is None else first * second

    @functions.signature(_LIST, _NAME, _ANY)
    def _func_attach(self, items: Any, name: str, value: Any) -> list[Any] | None:
        if items is None:
            return None
        listed = items if isinstance(items, list) else [items]
        if len(listed) > MAX_ATTACHED:
            raise ValueError(f"more than {MAX_ATTACHED} objects in one document")
        return [{**item, name: value} if isinstance(item, dict) else item for item in listed]


FUNCTIONS = MappingFunctions()
FUNCTION_NAMES: tuple[str, ...] = tuple(sorted(MappingFunctions.FUNCTION_TABLE))
