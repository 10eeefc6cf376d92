"""What must not be in a log is not."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app.core.logs import logger
from app.core.settings import Settings
from app.db import Database
from app.db.models import Source
from tests.conftest import NOW

Lines = Callable[[], list[dict[str, Any]]]
KEY = "earshot_abcdefghjkmn_" + "Zz-_" * 10 + "abc"
SECRET = "whsec_" + "C2FVsBQIhrscChlQIMV+b5sSYspob7oD/A=="


def test_keys_secrets_people_and_passwords_are_blanked(log_lines: Lines) -> None:
    log = logger("test")
    log.info(
        "said",
        text=f"the key {KEY} and the secret {SECRET} came",
        url="cannot reach postgresql://earshot:p@ss/w:rd@db.example/earshot now",
        authorization=f"Bearer {KEY}",
        caller_name="Jane Doe",
        caller={"name": "Jane Doe", "phone": "555-0100"},
        narrative="Jane heard it",
        phone_number="555-0100",
        webhook_signature="v1,abc",
        api_token="tok",
        cookie="session=1",
        database_password="hunter2",
        signing_secret=SECRET,
        source="cad",
        count=3,
    )
    line = log_lines()[-1]
    told = str(line)
    for never in ("Zz-_", "whsec_", "p@ss", "w:rd", "Jane", "555", "v1,abc", "tok'", "session=1", "hunter2"):
        assert never not in told, never
    assert (line["event"], line["source"], line["count"]) == ("said", "cad", 3)
    assert "postgresql://earshot:[redacted]@db.example/earshot now" in line["url"]


def test_an_exception_is_blanked_too(log_lines: Lines) -> None:
    try:
        raise ValueError(f"{KEY} at postgresql://a:hunter2@b/c")
    except ValueError:
        logger("test").exception("failed")
    line = log_lines()[-1]
    assert "ValueError" in line["exception"]
    assert "hunter2" not in str(line)
    assert "Zz-_" not in str(line)


@pytest.mark.postgis
def test_a_row_in_a_traceback_is_blanked(postgresql_settings: Settings, log_lines: Lines) -> None:
    database = Database(postgresql_settings)
    try:
        with database.write() as session:
            values = {"name": "Jane\nDoe\n", "kind": "calls", "mapping": None, "created_at": NOW}
            session.execute(insert(Source.__table__).values(**values))
    except IntegrityError:
        logger("test").exception("failed")
    finally:
        database.dispose()
    told = log_lines()[-1]["exception"]
    assert told.count("DETAIL: [redacted]\n") == 2
    assert 'null value in column "mapping"' in told
    assert "[SQL: INSERT INTO sources" in told
    assert "Jane" not in told
    assert "Doe" not in told


def test_libraries_log_through_the_same_door(log_lines: Lines) -> None:
    logging.getLogger("some.library").warning("with %s", KEY)
    line = log_lines()[-1]
    assert (line["logger"], line["level"]) == ("some.library", "warning")
    assert "Zz-_" not in str(line)
    logging.getLogger("sqlalchemy.engine").info("SELECT 1")
    assert log_lines() == []


def test_one_event_is_one_line(log_lines: Lines) -> None:
    logger("test").info("said", text="a\nb\r\n{}\u2028")
    assert len(log_lines()) == 1
