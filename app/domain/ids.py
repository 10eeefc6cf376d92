"""Rows' ids as people and programs spell them."""

_LARGEST = 2**63 - 1
_MOST_DIGITS = len(str(_LARGEST))


def read_id(text: str) -> int | None:
    """The id that a text spells, or None. Python itself refuses to read numbers of thousands of digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        return None
    number = int(text)
    return number if number <= _LARGEST else None
