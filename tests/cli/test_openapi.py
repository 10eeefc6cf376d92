"""The API's description without a server."""

import json


def test_it_is_what_a_server_answers(earshot, tmp_path):
    before = set(tmp_path.iterdir())
    document = earshot("openapi", EARSHOT_DATABASE_URL="sqlite:///elsewhere/earshot.db").document
    assert document["openapi"].startswith("3.0")
    assert {"/v1/incidents", "/console/session"} <= set(document["paths"])
    assert "requestBody" in document["paths"]["/console/session"]["post"]
    assert set(tmp_path.iterdir()) == before, "no database is made"


def test_a_file_is_written_only_when_it_changes(earshot, tmp_path):
    out = tmp_path / "openapi.json"
    assert earshot("openapi", "--out", str(out)).stdout == ""
    assert json.loads(out.read_text())["paths"]
    written = out.stat().st_mtime_ns
    earshot("openapi", "--out", str(out))
    assert out.stat().st_mtime_ns == written
    out.write_text("old")
    earshot("openapi", "--out", str(out))
    assert json.loads(out.read_text())["paths"]
