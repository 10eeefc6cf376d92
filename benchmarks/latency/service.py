"""A server on a database of its own, as it is started for real, and what can be seen of it from outside."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.access.keys import create_key
from app.adapters import preset_text
from app.core.settings import Settings
from app.db import Database
from app.domain.vocabulary import Role, SourceKind
from app.sources.store import add_source

RUN = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", "0"]


@dataclass(frozen=True)
class Service:
    """A server that runs, and who may post to it and read it."""

    process: "subprocess.Popen[str]"
    port: int
    vendor: str
    viewer: str

    @property
    def resident_mb(self) -> float:
        """Memory that it has at the moment."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    @property
    def open_files(self) -> int:
        """Files, sockets and pipes that it holds."""
        return len(list(self._files.iterdir()))

    def holds(self, path: Path) -> int:
        """How often it has a file open."""
        return sum(str(link.resolve()) == str(path) for link in self._files.iterdir())

    @property
    def _files(self) -> Path:
        return Path(f"/proc/{self.process.pid}/fd")


@contextmanager
def serving(url: str) -> Iterator[Service]:
    """Start it, and end it with the block."""
    vendor, viewer = _prepare(url)
    environment = {**os.environ, "EARSHOT_DATABASE_URL": url, "EARSHOT_LOG_LEVEL": "warning"}
    process = subprocess.Popen(RUN, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield Service(process, int(line.rsplit(":", 1)[1].split()[0]), vendor, viewer)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _prepare(url: str) -> tuple[str, str]:
    """Two feeds, and the keys of a vendor and a viewer."""
    database = Database(Settings(database_url=url, _env_file=None))
    now = datetime.now(UTC)
    with database.write() as session:
        for name, kind in (("bench", SourceKind.ALERTS), ("cad", SourceKind.CALLS)):
            add_source(
                session,
                name=name,
                kind=kind,
                mapping=preset_text(f"generic-{kind.value}-json"),
                require_signature=False,
                actor="benchmark",
                now=now,
            )
        vendor, viewer = (
            create_key(
                session,
                role=role,
                source_name=source,
                name=None,
                scopes=None,
                expires_at=None,
                actor="benchmark",
                now=now,
            )
            for role, source in ((Role.VENDOR, "bench"), (Role.VIEWER, None))
        )
    database.dispose()
    return vendor, viewer
