"""The one spelling of a report's data, and its hash. Pure."""

import json
from hashlib import sha256
from typing import Any


def canonical(document: Any) -> bytes:
    """JSON in UTF-8: keys in order, no blanks, characters as they are, numbers as Python writes them.

    Raises ValueError for a number that is not finite.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def hash_of(document: Any) -> str:
    """SHA-256 over the canonical spelling, in hexadecimal."""
    return sha256(canonical(document)).hexdigest()
