"""Structured logs: one line an event, with the request's id, and without secrets or people."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from app.core.settings import Settings

_SECRET_FIELDS = re.compile(
    r"secret|password|authorization|cookie|token|caller|narrative|phone|signature", re.I
)
_KEY_IN_TEXT = re.compile(r"earshot_[A-Za-z0-9]+_[A-Za-z0-9_-]+|whsec_[A-Za-z0-9+/=]+")
# PostgreSQL quotes the refused row, with the people in it, in lines that follow its message.
_ROW_IN_TEXT = re.compile(r"^(DETAIL|CONTEXT): .*?(?=\n\[SQL: |\n\n|\Z)", re.M | re.S)
_URL_PASSWORD = re.compile(r"(\w+://[^:/@\s]*:)\S+@")


def configure_logs(settings: Settings) -> None:
    """Send every log line, ours and the libraries', through one renderer to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("alembic", "uvicorn.access", "uvicorn.error", "sqlalchemy.engine"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank what must not be in a log: secrets and callers by field name, keys, rows, passwords by shape."""
    for name, value in event.items():
        if _SECRET_FIELDS.search(name):
            event[name] = "[redacted]"
        elif isinstance(value, str):
            text = _ROW_IN_TEXT.sub(r"\1: [redacted]", _KEY_IN_TEXT.sub("[redacted]", value))
            event[name] = _URL_PASSWORD.sub(r"\1[redacted]@", text)
    return event


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound


def cause_of(error: BaseException) -> str:
    """The kind of an error and its first line: what follows may quote the row, with the people in it."""
    told = getattr(error, "orig", None) or error
    return f"{type(told).__name__}: {str(told).partition(chr(10))[0][:200]}"
