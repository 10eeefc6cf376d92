"""A server on a database of its own, as it is started for real, and what can be seen of it from outside."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.domain.vocabulary import Role
from benchmarks.furnished import furnish

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
    vendor, viewer = furnish(url, Role.VIEWER)
    environment = {**os.environ, "EARSHOT_DATABASE_URL": url, "EARSHOT_LOG_LEVEL": "warning"}
    process = subprocess.Popen(RUN, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield Service(process, int(line.rsplit(":", 1)[1].split()[0]), vendor, viewer)
    finally:
        process.terminate()
        process.wait(timeout=30)
