"""What was acknowledged is there after kill -9, whatever the server was doing."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import select

from app.core.settings import Settings
from app.db import Database
from app.db.models import Alert
from app.domain.vocabulary import SourceKind
from tests.intake.conftest import ALERT
from tests.intake.served import Served

pytestmark = pytest.mark.slow

THREADS = 6


def test_every_acknowledged_alert_survives(
    settings: Settings, database: Database, feed: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    key, _ = feed("sensors", SourceKind.ALERTS)
    acknowledged: dict[str, str] = {}
    sent: set[str] = set()
    log = tmp_path / "server.log"

    def post_until_it_dies(server: Served, thread: int) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=10) as client:
            for number in range(100_000):
                names = [f"{server.port}-{thread}-{number}-{place}" for place in range(1 + number % 3)]
                sent.update(names)
                try:
                    records = [{**ALERT, "external_id": name} for name in names]
                    answer = client.post("/v1/alerts/sensors", json=records)
                except httpx.TransportError:
                    return
                assert answer.status_code == 202, answer.text
                acknowledged.update({item["external_id"]: item["id"] for item in answer.json()["results"]})

    server = Served(settings, log).wait_until_ready()
    threads = [
        threading.Thread(target=post_until_it_dies, args=(server, number)) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while len(acknowledged) <= 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(random.uniform(0.1, 0.6))
    server.kill()
    for thread in threads:
        thread.join(20)

    stored = ids(database)
    assert len(acknowledged) > 20, log.read_text()
    lost = {name for name, identity in acknowledged.items() if stored.get(name) != identity}
    assert not lost
    assert set(stored) <= sent

    server = Served(settings, log).wait_until_ready()
    name = next(iter(acknowledged))
    headers = {"Authorization": f"Bearer {key}"}
    again: Any = httpx.post(
        f"{server.url}/v1/alerts/sensors", json={**ALERT, "external_id": name}, headers=headers
    )
    server.stop()
    assert again.json()["status"] == "duplicate"
    assert again.json()["id"] == acknowledged[name]


def ids(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {row.external_id: str(row.id) for row in session.execute(select(Alert.external_id, Alert.id))}
