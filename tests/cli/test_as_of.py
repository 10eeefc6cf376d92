import pytest

ABOUT_ONE = (("show",), ("timeline",), ("cameras",), ("follow-ups", "show"))


def number_of(command):
    return command.json("incidents", "list", "--verdict", "reported")["incidents"][0]["number"]


@pytest.mark.parametrize("what", ABOUT_ONE, ids=" ".join)
def test_what_was_known_then_of_one(judged_here, what):
    number = number_of(judged_here)
    now = judged_here.json("incidents", *what, number)
    assert now["as_of"] is None
    moment = judged_here.json("incidents", "show", number)["updated_at"]
    assert judged_here.json("incidents", *what, number, "--as-of", moment) == {**now, "as_of": moment}
    assert "As it was known at" in judged_here("incidents", *what, number, "--as-of", moment).stderr
    refused = judged_here("incidents", *what, number, "--as-of", "2026-01-01", exit_code=1)
    assert f"incident '{number}' was first known at" in refused.stderr


def test_lists_and_figures_as_of_a_time(judged_here):
    moment = judged_here.json("incidents", "show", number_of(judged_here))["updated_at"]
    for command, rows in (
        (("incidents", "list"), "incidents"),
        (("incidents", "follow-ups", "list"), "follow_ups"),
    ):
        then = judged_here.json(*command, "--as-of", moment)
        assert then == {**judged_here.json(*command), "as_of": moment}
        assert judged_here.json(*command, "--as-of", "2026-01-01")[rows] == []
    for command in (("insight", "reporting"), ("insight", "response")):
        then = judged_here.json(*command, "--as-of", moment)
        assert then == {**judged_here.json(*command), "as_of": moment}
        assert judged_here.json(*command, "--as-of", "2026-01-01")["counted"]["incidents"] == 0
        assert "As it was known at" in judged_here(*command, "--as-of", moment).stdout


def test_a_time_to_come_is_refused(judged_here):
    for command in (("incidents", "list"), ("insight", "reporting")):
        refused = judged_here(*command, "--as-of", "2999-01-01", exit_code=1)
        assert "as_of: lies in the future" in refused.stderr
    refused = judged_here("incidents", "show", "1", "--as-of", "soon", exit_code=2)
    assert "--as-of" in refused.stderr
