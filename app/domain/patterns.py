"""Patterns of SQL's LIKE, read as PostgreSQL does. Pure."""

import re
from functools import lru_cache


def is_like(text: str | None, pattern: str | None) -> bool | None:
    r"""Whether a text fits: `%` is any characters, `_` one, and `\` takes the next one at its word."""
    if text is None or pattern is None:
        return None
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    spelled = (".*" if part == "%" else "." if part == "_" else re.escape(part[-1]) for part in parts)
    return re.compile("".join(spelled), re.DOTALL)
