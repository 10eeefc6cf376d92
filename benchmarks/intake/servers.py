"""What is measured and what it is measured against, each as a uvicorn process of its own."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.core.logs import configure_logs
from app.core.settings import Settings
from app.db import Database
from app.db.models import Alert
from app.main import create_app


class PlainAlert(BaseModel):
    """The alert as an ordinary service would declare it."""

    external_id: str
    started_at: datetime
    published_at: datetime | None = None
    longitude: float
    latitude: float
    uncertainty_m: float | None = None
    rounds: int | None = None
    classification: str
    confidence: float | None = None
    address: str | None = None


def _settings() -> Settings:
    settings = Settings(
        database_url=os.environ["BENCH_DATABASE_URL"], pool_size=16, log_level="warning", _env_file=None
    )
    configure_logs(settings)
    return settings


def earshot() -> FastAPI:
    """Ours: a key, the mapping, revisions, group commit; the worker runs elsewhere, as in production."""
    return create_app(_settings(), with_worker=False)


def one_insert_a_request() -> FastAPI:
    """The ordinary way: Pydantic, a session a request, one insert, one commit; no key, no revisions."""
    database = Database(_settings())

    def session() -> Iterator[Session]:
        with database.write() as opened:
            yield opened

    app = FastAPI()

    @app.post("/v1/alerts/{source}", status_code=202)
    def post(
        source: str, alert: PlainAlert, db: Annotated[Session, Depends(session, scope="function")]
    ) -> dict[str, str]:
        values = alert.model_dump()
        db.execute(
            insert(Alert).values(
                **values,
                source_id=int(os.environ["BENCH_SOURCE_ID"]),
                revision=0,
                fingerprint=b"",
                status="active",
                stored_at=alert.started_at,
            )
        )
        return {"external_id": alert.external_id, "status": "accepted", "source": source}

    return app


def no_database() -> FastAPI:
    """The same route with nothing stored: what HTTP, validation and a thread for the route cost alone."""
    _settings()
    app = FastAPI()

    @app.post("/v1/alerts/{source}", status_code=202)
    def post(source: str, alert: PlainAlert) -> dict[str, str]:
        return {"external_id": alert.external_id, "status": "accepted", "source": source}

    return app
