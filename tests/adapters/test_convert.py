from typing import Any

import pytest

from app.adapters.convert import identifier, integer, number, ranged, text, texts, truth, url
from app.adapters.errors import Altered, Unusable


@pytest.mark.parametrize(
    ("given", "kept"), [("A-1", "A-1"), (" A ", " A "), (17, "17"), (0, "0"), (2**70, str(2**70))]
)
def test_identifier_is_kept_to_the_letter(given: Any, kept: str) -> None:
    assert identifier(given) == kept


@pytest.mark.parametrize(
    "given", ["", "x" * 256, "a\nb", "a\x00", "\ud800", True, 1.0, None, [], {}, 10**400]
)
def test_identifier_refused(given: Any) -> None:
    with pytest.raises(Unusable):
        identifier(given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [(1, 1.0), (1.5, 1.5), ("-87.94", -87.94), (" 3 ", 3.0), ("1e3", 1000.0), (".5", 0.5), (2**70, 2.0**70)],
)
def test_number(given: Any, kept: float) -> None:
    assert number(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        True,
        "",
        "abc",
        "1_000",
        "1,5",
        "NaN",
        "inf",
        "1e999",
        "٣",
        float("nan"),
        float("inf"),
        10**400,
        [],
        "0x10",
        "9" * 100,
    ],
)
def test_no_number(given: Any) -> None:
    with pytest.raises(Unusable):
        number(given)


def test_ranged_holds_both_ends_and_names_the_range() -> None:
    convert = ranged(0, 1)
    assert (convert(0), convert("1")) == (0, 1)
    with pytest.raises(Unusable, match="within 0 to 1"):
        convert(1.01)


@pytest.mark.parametrize(
    ("given", "kept"), [(3, 3), ("3", 3), (3.0, 3), ("3.0", 3), ("0", 0), (10_000, 10_000)]
)
def test_whole_number(given: Any, kept: int) -> None:
    assert integer(0, 10_000)(given) == kept


@pytest.mark.parametrize("given", [3.5, "3.5", -1, "-1", 10_001, True, None, "three", 2**80, "9" * 39])
def test_no_whole_number(given: Any) -> None:
    with pytest.raises(Unusable):
        integer(0, 10_000)(given)


def test_a_large_revision_is_exact() -> None:
    assert integer(0, 2**62)("4611686018427387903") == 4611686018427387903
    assert integer(0, 2**62)(2**62) == 2**62


@pytest.mark.parametrize("given", [True, "true", "Yes", "Y", 1, "1", "t", 1.0])
def test_true(given: Any) -> None:
    assert truth(given) is True


@pytest.mark.parametrize("given", [False, "false", "No", "n", 0, "0", 0.0])
def test_false(given: Any) -> None:
    assert truth(given) is False


@pytest.mark.parametrize("given", [2, "maybe", [], {}, 0.5, ""])
def test_neither_true_nor_false(given: Any) -> None:
    with pytest.raises(Unusable):
        truth(given)


@pytest.mark.parametrize(("given", "kept"), [("a", "a"), (" a ", "a"), (7, "7"), (7.0, "7"), (7.5, "7.5")])
def test_text(given: Any, kept: str) -> None:
    assert text(10)(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x" * 12, "x" * 10),
        ("a\x00b", "a\ufffdb"),
        ("a\ud800", "a\ufffd"),
        ("a\x07b", "a b"),
        ("a\nb", "a b"),
    ],
)
def test_text_kept_after_a_change(given: str, kept: str) -> None:
    with pytest.raises(Altered) as caught:
        text(10)(given)
    assert caught.value.value == kept


def test_narrative_keeps_its_lines() -> None:
    assert text(20, lines=True)("a\r\n\tb") == "a\r\n\tb"


@pytest.mark.parametrize("given", [True, [], {}])
def test_no_text(given: Any) -> None:
    with pytest.raises(Unusable):
        text(10)(given)


@pytest.mark.parametrize("given", ["http://a", "https://a.example/x?y=1", " HTTPS://A/b "])
def test_url(given: str) -> None:
    assert url(given) == given.strip()


@pytest.mark.parametrize(
    "given",
    [
        "javascript:alert(1)",
        "ftp://a",
        "https://",
        "https://a b",
        "/x",
        "",
        None,
        1,
        "https://a/" + "x" * 3000,
    ],
)
def test_no_url(given: Any) -> None:
    with pytest.raises(Unusable):
        url(given)


def test_texts() -> None:
    assert texts("police; ems,fire,") == ("police", "ems", "fire")
    assert texts(["police", 5]) == ("police", "5")
    assert texts([]) == ()
    with pytest.raises(Altered) as caught:
        texts(["police", {}])
    assert caught.value.value == ("police",)
    with pytest.raises(Unusable):
        texts(5)


@pytest.mark.parametrize("convert", [identifier, number, integer(0, 5), truth, text(10), texts, url])
def test_an_integer_that_python_refuses_to_print(convert: Any) -> None:
    with pytest.raises(Unusable):
        convert(10**5000)
