"""Every answer has an id, every error the same shape, and a bug says nothing but where to look."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

Lines = Callable[[], list[dict[str, Any]]]


def own(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what the test's client logs."""
    return [line for line in lines if line["logger"] == "app.core.http"]


def test_every_answer_names_its_request(browser: TestClient) -> None:
    ids = {browser.get(path).headers["x-request-id"] for path in ("/items/1", "/items/x", "/none", "/bug")}
    assert len(ids) == 4
    assert all(re.fullmatch("[0-9a-f]{16}", name) for name in ids)


def test_a_callers_own_id_is_kept_if_it_can_do_no_harm(browser: TestClient, log_lines: Lines) -> None:
    assert (
        browser.get("/items/1", headers={"x-request-id": "web-1.7_a"}).headers["x-request-id"] == "web-1.7_a"
    )
    assert own(log_lines())[0]["request_id"] == "web-1.7_a"
    for bad in ("a b", "x" * 65, "", '"}', "a\tb", "é"):
        answer = browser.get("/items/1", headers={"x-request-id": bad.encode("latin-1")})  # type: ignore[dict-item]
        assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"]), bad


@pytest.mark.parametrize(
    ("method", "path", "status", "type_"),
    [
        ("GET", "/none", 404, "urn:earshot:problem:not-found"),
        ("POST", "/items/1", 405, "urn:earshot:problem:method-not-allowed"),
        ("GET", "/items/x", 400, "urn:earshot:problem:invalid-parameter"),
        ("GET", "/items/1?near=x", 400, "urn:earshot:problem:invalid-parameter"),
        ("GET", "/unusable", 422, "urn:earshot:problem:unusable-record"),
        ("GET", "/bug", 500, "urn:earshot:problem:internal"),
    ],
)
def test_every_error_is_a_problem(
    browser: TestClient, method: str, path: str, status: int, type_: str
) -> None:
    answer = browser.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (status, type_)
    assert problem["title"]
    assert problem["detail"]
    for error in problem.get("errors", []):
        assert error["pointer"].startswith("/")
        assert error["reason"]
    assert ("errors" in problem) is (status in (400, 422))
    assert ("allow" in answer.headers) is (status == 405)


def test_a_bug_tells_only_where_the_log_has_it(browser: TestClient, log_lines: Lines) -> None:
    answer = browser.get("/bug")
    request_id = answer.headers["x-request-id"]
    assert answer.json() == {
        "type": "urn:earshot:problem:internal",
        "title": "Something went wrong",
        "status": 500,
        "detail": f"The log has the reason under {request_id}.",
    }
    failed, request = own(log_lines())
    assert (failed["event"], failed["request_id"]) == ("request_failed", request_id)
    assert "RuntimeError" in failed["exception"]
    assert "s" * 43 not in failed["exception"]
    assert (request["event"], request["status"], request["request_id"]) == ("request", 500, request_id)


@pytest.mark.parametrize("query", ["", "?is_lost=false", "?kind=internal"])
def test_a_database_that_gives_up_is_told_without_its_rows(
    browser: TestClient, log_lines: Lines, query: str
) -> None:
    answer = browser.get(f"/refused{query}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["type"] == "urn:earshot:problem:busy"
    unreachable = own(log_lines())[0]
    assert unreachable["event"] == "database_unreachable"
    assert unreachable["error"] == "Exception: terminating the connection"


def test_another_internal_error_of_the_database_is_a_bug(browser: TestClient) -> None:
    assert browser.get("/refused?kind=internal&is_lost=false").status_code == 500


def test_requests_are_counted_by_route_and_never_by_what_strangers_invent(
    browser: TestClient, bare_app: FastAPI
) -> None:
    for number in range(5):
        browser.get(f"/items/{number}")
        browser.get(f"/none/{number}")
        browser.request(f"INVENTED{number}", "/items/1")
    text = bare_app.state.metrics.expose().decode()
    assert 'earshot_requests_total{method="GET",route="/items/{number}",status="200"} 5.0' in text
    assert "/none" not in text
    assert "INVENTED" not in text


def test_a_request_is_logged_without_its_query(browser: TestClient, log_lines: Lines) -> None:
    browser.get("/items/1?near=5&key=secret", headers={"authorization": "Bearer secret"})
    (line,) = own(log_lines())
    assert (line["event"], line["route"], line["status"]) == ("request", "/items/{number}", 200)
    assert "secret" not in str(line)
