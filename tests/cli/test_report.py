"""`earshot report`: every form, to a file or to standard output, and never over a file unasked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "report.md"


@pytest.fixture
def judged(earshot, add_sources, shooting):
    add_sources(earshot)
    alerts, calls = shooting
    earshot("import", "alerts", str(alerts), "--source", "sensors")
    earshot("import", "calls", str(calls), "--source", "cad")
    earshot("correlate")
    return earshot


def test_to_files(judged, tmp_path):
    number = judged.json("incidents", "list", "--verdict", "reported")["incidents"][0]["number"]
    written = {}
    for form in ("pdf", "html", "json"):
        path = tmp_path / f"report.{form}"
        done = judged("report", number, "--format", form, "--out", str(path))
        assert done.stdout == ""
        written[form] = path.read_bytes()
    assert written["pdf"].startswith(b"%PDF-")
    assert written["html"].startswith(b"<!DOCTYPE html>")
    document = json.loads(written["json"])
    assert document["report"]["incident"]["number"] == number
    assert document["sha256"] in done.stderr
    assert document["sha256"].encode() in written["html"]
    refused = judged("report", number, "--out", str(tmp_path / "report.pdf"), exit_code=2)
    assert "--force" in refused.stderr
    judged("report", number, "--out", str(tmp_path / "report.pdf"), "--force")
    assert (tmp_path / "report.pdf").read_bytes() == written["pdf"], "the same data, the same bytes"
    assert judged("report", number, "--format", "json").document == document
    assert judged.json("report", number) == document
    _check_hash(tmp_path / "report.json", document["sha256"])
    before = judged("report", number, "--as-of", "2020-01-01", exit_code=1)
    assert "earshot incidents list" in before.stderr


def _check_hash(path, digest):
    """By the command that the documentation gives."""
    (line,) = [line.strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if "hashlib" in line]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", line], cwd=path.parent, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [digest, "True"]


def test_without_an_incident(earshot):
    done = earshot("report", "2026-000001", "--format", "json", exit_code=1)
    assert "there is no incident" in done.stderr
    assert done.stdout == ""
