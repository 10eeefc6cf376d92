"""New files that are there whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

_OWNER_ONLY = 0o600


class ExportError(Exception):
    """An export that cannot be written; the message says why."""


@contextmanager
def new_file(target: Path, suffix: str, *, is_private: bool) -> Iterator[Path]:
    """A path to write to, whose file takes the target's place at the end, or leaves no trace.

    It lies in a folder beside the target that only its owner may look into. `is_private`: the file too is its
    owner's alone. Raises OSError.
    """
    folder = Path(mkdtemp(prefix=".earshot-export-", dir=target.parent))
    part = folder / f"part{suffix}"
    try:
        yield part
        if is_private:
            part.chmod(_OWNER_ONLY)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(part, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
