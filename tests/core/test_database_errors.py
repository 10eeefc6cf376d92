"""What the database refuses is logged without the row that it refused."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.db import Database
from app.domain.vocabulary import SourceKind
from app.intake import store
from app.main import create_app
from tests.conftest import Clock

CALL = {
    "external_id": "bad",
    "received_at": "2026-07-04T11:00:00Z",
    "narrative": "Jane Doe heard it",
    "caller": {"name": "Jane Doe", "phone": "555-0100"},
}


def test_a_refused_row_is_not_quoted(
    settings: Settings,
    database: Database,
    clock: Clock,
    add_feed: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    from app.access.keys import create_key
    from app.adapters import preset_text
    from app.domain.vocabulary import Role

    add_feed("cad", SourceKind.CALLS, "keep_caller = true\n" + preset_text("generic-calls-json"))
    with database.write() as session:
        key = create_key(
            session,
            role=Role.CAD,
            source_name="cad",
            name=None,
            scopes=None,
            expires_at=None,
            actor="t",
            now=clock(),
        )
    new_row = store._new_row
    monkeypatch.setattr(store, "_new_row", lambda *given: {**new_row(*given), "fingerprint": None})
    with TestClient(create_app(settings, clock=clock, with_worker=False)) as client:
        answer = client.post("/v1/calls/cad", json=CALL, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 422
    told = str(log_lines())
    assert "record_not_stored" in told
    for never in ("Jane", "555-0100", key.split("_", 2)[2]):
        assert never not in told
