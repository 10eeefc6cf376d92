import pytest

from app.domain.ids import read_id


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("17", 17),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        (" 1", None),
        ("\u00b2", None),
        ("\u0661", None),
    ],
)
def test_an_id_is_a_whole_number_that_a_database_holds(text, number):
    assert read_id(text) == number
