"""An app of nothing but the middleware and error handlers, and its log lines."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy.exc import InternalError, OperationalError
from starlette.testclient import TestClient

from app.core.errors import UnusableRecordError
from app.core.http import RequestMiddleware, install_error_handlers
from app.core.logs import configure_logs
from app.core.metrics import Metrics
from app.core.settings import Settings


@pytest.fixture
def log_lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What was logged since the last look, as the JSON lines that would go to standard error."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    noisy = {name: logging.getLogger(name).level for name in ("alembic", "uvicorn.access", "uvicorn.error")}
    logging_as_before = structlog.get_config()
    configure_logs(Settings(log_level="debug", _env_file=None))
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(io.StringIO())

    def take() -> list[dict[str, Any]]:
        written = handler.setStream(io.StringIO())
        return [json.loads(line) for line in written.getvalue().splitlines()]

    yield take
    root.handlers = handlers
    root.setLevel(level)
    for name, before in noisy.items():
        logging.getLogger(name).setLevel(before)
    structlog.configure(**logging_as_before)


@pytest.fixture
def bare_app() -> FastAPI:
    app = FastAPI()
    app.state.metrics = Metrics()

    @app.get("/items/{number}")
    def item(number: int, near: float = 0.0) -> dict[str, float]:
        return {"number": number, "near": near}

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("earshot_abcdefghjkmn_" + "s" * 43 + " of Jane")

    @app.get("/refused")
    def refused(is_lost: bool = True, kind: str = "operational") -> None:
        told = Exception("terminating the connection\nDETAIL:  Failing row contains (Jane).")
        error = {"operational": OperationalError, "internal": InternalError}[kind]
        raise error("SELECT 1", {}, told, connection_invalidated=is_lost)

    @app.get("/unusable")
    def unusable() -> None:
        raise UnusableRecordError("no", errors=[{"pointer": "/a", "reason": "is missing"}])

    install_error_handlers(app)
    app.add_middleware(RequestMiddleware, metrics=app.state.metrics)
    return app


@pytest.fixture
def browser(bare_app: FastAPI) -> Iterator[TestClient]:
    with TestClient(bare_app, raise_server_exceptions=False) as client:
        yield client
