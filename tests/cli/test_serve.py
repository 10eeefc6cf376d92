"""Real processes on real sockets."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

RUN = [sys.executable, "-c", "from app.cli import main; main()"]
ALERT = {"external_id": "A-1", "started_at": "2026-07-01T02:00:00Z", "longitude": -87.9, "latitude": 43.0}


@contextmanager
def running(earshot, *arguments, **environment):
    """The process and its first line of output, once it has said it."""
    process = subprocess.Popen(
        [*RUN, *arguments],
        env={**os.environ, **earshot.environment, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate(timeout=20)


def post(url, document, key):
    request = urllib.request.Request(
        url,
        json.dumps(document).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, json.load(answer), dict(answer.headers)


def stop(process, number=signal.SIGTERM):
    started = time.monotonic()
    process.send_signal(number)
    code = process.wait(timeout=20)
    assert time.monotonic() - started < 10
    return code


@pytest.mark.slow
def test_the_service_from_the_first_request_to_the_last(earshot_on_both, add_sources):
    earshot = earshot_on_both
    add_sources(earshot)
    key = earshot("key", "create", "--role", "vendor", "--source", "sensors").stdout.strip()
    with running(earshot, "serve", "--port", "0", EARSHOT_WORKER_POLL_S="0.2") as (process, line):
        base = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        status, answer, headers = post(f"{base}/v1/alerts/sensors", ALERT, key)
        assert (status, answer["status"]) == (202, "accepted")
        assert "server" not in {name.lower() for name in headers}
        deadline = time.monotonic() + 15
        while not earshot.json("incidents", "list")["incidents"]:
            assert time.monotonic() < deadline, "the worker judges what came"
            time.sleep(0.2)
        assert stop(process) == 0
        log = process.stderr.read()
    assert key not in log
    assert '"event": "request"' in log


@pytest.mark.slow
def test_without_a_worker_nothing_is_judged_until_one_runs(earshot, add_sources, shooting):
    add_sources(earshot)
    with running(earshot, "serve", "--no-worker", "--port", "0") as (process, line):
        assert "Earshot listens on" in line
        earshot("import", "alerts", str(shooting[0]), "--source", "sensors")
        time.sleep(1.5)
        assert earshot.json("incidents", "list")["incidents"] == []
        with running(earshot, "worker", EARSHOT_WORKER_POLL_S="0.2") as (worker, said):
            assert said == "The worker runs; stop it with Ctrl-C.\n"
            deadline = time.monotonic() + 15
            while len(earshot.json("incidents", "list")["incidents"]) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            assert stop(worker) == 0
        assert stop(process, signal.SIGINT) == 130


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "metric"),
    [(("serve", "--port", "0"), b"earshot_requests_total"), (("worker",), b"earshot_changes_waiting")],
)
def test_metrics_have_a_port_of_their_own(earshot, command, metric):
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    told = {"EARSHOT_METRICS_HOST": "localhost", "EARSHOT_METRICS_PORT": port}
    with running(earshot, *command, **told) as (process, _):
        with urllib.request.urlopen(f"http://localhost:{port}/metrics", timeout=10) as answer:
            assert metric in answer.read()
        assert stop(process) == 0


def test_a_port_that_is_taken(earshot):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = earshot("serve", "--port", str(taken.getsockname()[1]), exit_code=1)
    assert "choose another with --host or --port" in done.stderr
