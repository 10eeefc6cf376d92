"""The console's files as `make setup` built them, in memory."""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

FOLDER = Path(__file__).parent / "static"
_LEAST_PACKED_BYTES = 1_000
_TEXT = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file, also packed where that makes it smaller."""

    body: bytes
    packed: bytes | None
    media_type: str
    tag: str


class BuiltConsole:
    """What stands in the folder of built files; read when it is first asked for, and anew after a build."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._lock = Lock()
        self._built_at: tuple[int, int] | None = None
        self._files: dict[str, BuiltFile] = {}

    def page(self) -> BuiltFile | None:
        """`index.html`; None where nothing was built."""
        return self._current().get("index.html")

    def asset(self, path: str) -> BuiltFile | None:
        """A file under `assets/`, by its path there; None where there is none."""
        return self._current().get(f"assets/{path}")

    def _current(self) -> dict[str, BuiltFile]:
        try:
            built_at = (_changed_at(self._folder / "index.html"), _changed_at(self._folder / "assets"))
        except OSError:
            return {}
        if built_at != self._built_at:
            with self._lock:
                if built_at != self._built_at:
                    self._files = _read(self._folder)
                    self._built_at = built_at
        return self._files


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def _read(folder: Path) -> dict[str, BuiltFile]:
    return {path.relative_to(folder).as_posix(): _file(path) for path in folder.rglob("*") if path.is_file()}


def _file(path: Path) -> BuiltFile:
    body = path.read_bytes()
    media_type = _TEXT.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(body, mtime=0) if len(body) >= _LEAST_PACKED_BYTES else b""
    return BuiltFile(
        body,
        packed if 0 < len(packed) < len(body) else None,
        media_type,
        f'"{sha256(body).hexdigest()[:32]}"',
    )
