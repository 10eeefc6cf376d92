"""Patterns of SQL's LIKE, read as PostgreSQL does. Pure."""

import re
from functools import lru_cache
from itertools import groupby


def is_like(text: str | None, pattern: str | None) -> bool | None:
    r"""Whether a text fits: `%` is any characters, `_` one, and `\` takes the next one at its word.

    The time is that of the text's length times the pattern's, whatever the pattern.
    """
    if text is None or pattern is None:
        return None
    return _compiled(pattern).fullmatch(text) is not None


# More than a filter has conditions: every row asks for each of them.
@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """What stands between two `%` is taken where it comes first, and never sought again (`(?>…)`).

    That finds whatever can be found: it leaves the most to what follows. Without it a pattern of many `%_`
    would be tried in more ways than there is time, and nothing else of the process runs meanwhile.
    """
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    pieces = [
        "".join("." if part == "_" else re.escape(part[-1]) for part in run)
        for is_any, run in groupby(parts, lambda part: part == "%")
        if not is_any
    ]
    starts, ends = (bool(parts) and parts[place] != "%" for place in (0, -1))
    if starts and ends and len(pieces) == 1:
        return re.compile(pieces[0], re.DOTALL)
    first = pieces.pop(0) if starts else ""
    last = pieces.pop() if ends else ""
    between = "".join(f"(?>.*?{piece})" for piece in pieces)
    # Without a single `%` only an empty pattern is left.
    return re.compile(f"{first}{between}{'.*' if parts else ''}{last}", re.DOTALL)
