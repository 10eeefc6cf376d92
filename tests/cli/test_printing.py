import json
from datetime import UTC, datetime

from app.cli.printing import print_json, print_table, shown
from app.domain.records import CallRecord

AT = datetime(2026, 7, 4, 21, 4, 5, 123456, tzinfo=UTC)


def test_nothing_that_a_terminal_obeys_is_printed():
    assert shown("a\x1b[2Jb\x07\u202ec") == "a\ufffd[2Jb\ufffd\ufffdc"


def test_nothing_is_a_dash_and_truth_a_word():
    assert [shown(value) for value in (None, "", True, False, 1234567)] == [
        "–",
        "–",
        "yes",
        "no",
        "1,234,567",
    ]


def test_json_has_times_in_utc_with_milliseconds(capsys):
    print_json({"record": CallRecord(external_id="C", received_at=AT), "times": (AT,)})
    document = json.loads(capsys.readouterr().out)
    assert document["times"] == ["2026-07-04T21:04:05.123Z"]
    assert document["record"]["received_at"] == "2026-07-04T21:04:05.123Z"
    assert document["record"]["origin"] == "unknown"


def test_square_brackets_are_not_markup(capsys):
    print_table(("name",), [("[red]x[/red]",)])
    assert "[red]x[/red]" in capsys.readouterr().out
