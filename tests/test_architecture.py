"""The shape of the code (docs/architecture.md): who may import whom, and what a file may look like."""

import os
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
APP = ROOT / "app"
# Not Python, and what npm brings there is nobody's to read.
WEB = APP / "console" / "web"
MODULES = sorted(path for path in APP.rglob("*.py") if WEB not in path.parents)
PACKAGES = sorted({module.parent for module in MODULES} - {APP})
MOST_LINES = 400
NAMES_THAT_SAY_NOTHING = {"utils.py", "common.py", "helpers.py"}


def _name(path: Path) -> str:
    return path.relative_to(APP).as_posix()


def test_imports_go_one_way():
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "120"}
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"[1-9]\d* kept, 0 broken", result.stdout), result.stdout


@pytest.mark.parametrize("package", PACKAGES, ids=_name)
def test_the_architecture_page_tells_of_every_package(package):
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"`{_name(package)}`" in page, f"say in docs/architecture.md what app/{_name(package)} is for"


def test_modules_do_one_thing():
    lengths = {_name(module): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_modules_are_named_after_what_they_hold():
    folders = [APP, ROOT / "tests", ROOT / "benchmarks"]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    assert [str(file.relative_to(ROOT)) for file in files if file.name in NAMES_THAT_SAY_NOTHING] == []


def test_everything_that_is_not_python_is_installed_too():
    """A template or a style sheet that package-data does not name works here and is missing elsewhere."""
    patterns = _project()["tool"]["setuptools"]["package-data"]
    installed = {
        file
        for package, globs in patterns.items()
        for glob in globs
        for file in ROOT.joinpath(*package.split(".")).glob(glob)
    }
    files = {file for file in APP.rglob("*") if file.is_file() and file.suffix != ".py"}
    files = {file for file in files if "__pycache__" not in file.parts and WEB not in file.parents}
    assert sorted(_name(file) for file in files - installed) == []


def test_the_lock_holds_every_dependency_and_no_address():
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert "://" not in lock
    pins: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9.-]+)==(\S+)", lock, re.MULTILINE):
        pins.setdefault(name, []).append(version)
    project = _project()
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *chain.from_iterable(project["project"]["optional-dependencies"].values()),
    ]
    for requirement in map(Requirement, wanted):
        versions = pins.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in requirements.txt: make lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: make lock"


def _project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
