from typing import Any

import jmespath
import pytest

from app.adapters.errors import Unusable
from app.adapters.expressions import compile_expression, is_true


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b.c", ("a", "b", "c")),
        ('"Call Number"', ("Call Number",)),
        ("a[0]", None),
        ("a || b", None),
    ],
)
def test_a_plain_path_is_direct_access(text: str, path: tuple[str, ...] | None) -> None:
    assert compile_expression(text, "k").path == path


@pytest.mark.parametrize("element", [{}, {"a": None}, {"a": 5}, {"a": "text"}, {"a": []}, {"a": {"b": []}}])
def test_a_path_into_nothing_is_nothing(element: dict[str, Any]) -> None:
    assert compile_expression("a.b.c", "k").find(element) is None


@pytest.mark.parametrize(
    "text",
    [
        "a == 'x'",
        "a.b == 'x'",
        "a == ''",
        "a == 'x' || a == 'y'",
        "a == 'x' || (a == 'y' || a == 'true')",
        "a == 'x' || b == 'x'",
        "a == 'x' || a != 'y'",
        "a == 'x' && a == 'y'",
        "'x' == a",
        "a == b",
        "a == `1`",
        "a == `true`",
        'a == `"1"`',
        "a == `null`",
        "a == 'x' || a",
    ],
)
def test_a_comparison_with_words_is_jmespath_s(text: str) -> None:
    found = compile_expression(text, "k").find
    values: list[Any] = [None, True, False, 0, 1, 1.5, "", "x", "y", "1", "true", [], ["x"], {}, {"b": "x"}]
    for element in ({}, *({"a": value} for value in values), *({"a": "x", "b": value} for value in values)):
        assert found(element) == jmespath.search(text, element), element


@pytest.mark.parametrize(
    ("text", "element", "found"),
    [
        ("split(a, ',')", {"a": "1,2"}, ["1", "2"]),
        ("split(a, ' ')", {"a": " 1   2 "}, ["1", "2"]),
        ("split(a, ',')", {}, None),
        ("extract(a, 'id ([0-9]+)')", {"a": "the id 17."}, "17"),
        ("extract(a, '[0-9]+')", {"a": "x 18"}, "18"),
        ("extract(a, '[0-9]+')", {"a": "x"}, None),
        ("matches(a, '^x')", {"a": "xy"}, True),
        ("matches(a, '^x')", {"a": "yx"}, False),
        ("replace(a, ',', '.')", {"a": "1,5"}, "1.5"),
        ("lower(a)", {"a": "AB"}, "ab"),
        ("upper(a)", {"a": "ab"}, "AB"),
        ("trim(a)", {"a": " b "}, "b"),
        ("multiply(to_number(a), `1000`)", {"a": "0.5"}, 500.0),
        ("multiply(b, `1000`)", {}, None),
        ("attach(a, 'up', b)", {"a": [{"x": 1}], "b": 2}, [{"x": 1, "up": 2}]),
        ("attach(a, 'up', b)", {"a": {"x": 1}, "b": 2}, [{"x": 1, "up": 2}]),
        ("attach(a, 'up', b)", {}, None),
    ],
)
def test_functions(text: str, element: dict[str, Any], found: Any) -> None:
    assert compile_expression(text, "k").find(element) == found


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("split(a, ',')", {"a": 5}),
        ("sum(a)", {"a": "secret"}),
        ("ceil(a)", {"a": float("inf")}),
        ("matches(a, b)", {"a": "x", "b": "("}),
        ("matches(a, b)", {"a": "x", "b": "x" * 301}),
        ("attach(a, 'x', b)", {"a": [{}] * 501}),
        ("sort(a)", {"a": [1, "b"]}),
    ],
)
def test_what_does_not_fit_is_one_kind_of_error(text: str, element: dict[str, Any]) -> None:
    with pytest.raises(Unusable) as caught:
        compile_expression(text, "k").find(element)
    assert "secret" not in str(caught.value)


def test_truth_is_jmespath_s() -> None:
    assert [is_true(value) for value in (None, False, "", [], {})] == [False] * 5
    assert [is_true(value) for value in (0, True, " ", [0], {"a": None})] == [True] * 5
