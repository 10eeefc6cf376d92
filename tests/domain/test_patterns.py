"""LIKE without a database: what it finds, and that no pattern takes for ever."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.patterns import _compiled, is_like


def fits(text: str, pattern: str) -> bool:
    """The definition, character by character."""
    reached = {0}
    place = 0
    while place < len(pattern):
        sign = pattern[place]
        if sign == "%":
            reached = set(range(min(reached, default=len(text) + 1), len(text) + 1))
        else:
            if sign == "\\" and place + 1 < len(pattern):
                place += 1
                sign, is_any = pattern[place], False
            else:
                is_any = sign == "_"
            reached = {at + 1 for at in reached if at < len(text) and (is_any or text[at] == sign)}
        place += 1
    return len(text) in reached


@given(st.text("ab.\n", max_size=8), st.text("ab.%_\\\n", max_size=8))
def test_a_text_fits_as_defined(text, pattern):
    assert is_like(text, pattern) == fits(text, pattern)


@given(st.text("ab", max_size=12), st.text("ab%_", max_size=9))
def test_a_text_fits_as_defined_where_much_is_alike(text, pattern):
    assert is_like(text, pattern) == fits(text, pattern)


@pytest.mark.parametrize(
    "pattern", ["%_" * 3_000 + "%~", "%a" * 3_000 + "~", "%" * 5_000 + "~", "%a%_" * 1_500]
)
def test_no_pattern_takes_for_ever(pattern):
    started = time.monotonic()
    for text in ("No citizen call within 15 min explains it", "a" * 2_000):
        is_like(text, pattern)
    assert time.monotonic() - started < 5


def test_a_filter_full_of_patterns_is_read_once():
    patterns = [f"%{number}%x" for number in range(500)]
    read = []
    for row in ("District 2", "Harbor"):
        for pattern in patterns:
            is_like(row, pattern)
        read.append(_compiled.cache_info().misses)
    assert read[0] == read[1]


def test_nothing_is_neither():
    assert is_like(None, "%") is None
    assert is_like("a", None) is None
