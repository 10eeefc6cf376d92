"""docs/milwaukee.md, done step by step: each command prints what the page shows."""

import logging
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.core.settings import Settings

ROOT = Path(__file__).parents[1]
ZONE = "America/Chicago"

pytestmark = [pytest.mark.milwaukee, pytest.mark.slow]


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_the_walk_through_says_what_comes_out(
    sqlite_settings: Settings,
    milwaukee: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    logs_as_before: None,
) -> None:
    """On the embedded database, as the page does it; that both say the same is tested beside this."""
    for file in ("calls_for_service.csv", "police_districts.geojson"):
        shutil.copy(milwaukee / file, tmp_path)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    environment = {
        "COLUMNS": None,
        "EARSHOT_DATABASE_URL": sqlite_settings.database_url,
        "EARSHOT_TIME_ZONE": ZONE,
    }
    steps = console_steps((ROOT / "docs" / "milwaukee.md").read_text(encoding="utf-8"))
    assert len(steps) >= 15
    for command, shown in steps:
        program, *arguments = shlex.split(command)
        assert program == "earshot"
        run = CliRunner().invoke(app, arguments, env=environment)
        assert run.exit_code == 0, f"{command}\n{run.stderr}"
        printed = [squeezed(line) for line in (run.stdout + run.stderr).splitlines()]
        for line in shown:
            assert squeezed(line) in printed, f"{command}\ndoes not print: {line}\n{run.stdout}"


def console_steps(page: str) -> list[tuple[str, list[str]]]:
    """Each command of the page's console blocks, with the lines of output shown for it."""
    steps: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            elif line.strip() and line.strip() != "…":
                steps[-1][1].append(line)
    return steps


def squeezed(line: str) -> str:
    return " ".join(line.split())
