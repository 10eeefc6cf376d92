"""Starting and killing real servers."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2 as httpx

from app.core.settings import Settings

ROOT = Path(__file__).parents[2]


class Served:
    """One server process on a port of its own."""

    def __init__(self, settings: Settings, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.intake.serve_app", settings.database_url, str(self.port)],
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )

    def wait_until_ready(self) -> "Served":
        """Return once it answers."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                httpx.get(self.url + "/livez", timeout=2)
                return self
            except httpx.TransportError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        """SIGTERM, as an operator would."""
        self.process.terminate()
        self.process.wait(30)
