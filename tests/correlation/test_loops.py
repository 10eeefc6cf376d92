"""How loops are compiled: when, for what, and when anew."""

import ast
import inspect
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.correlation.background import unknown_background
from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.judge import JudgedIncident, judge
from app.correlation.loops import city, compiled, pairs, sets, terms
from app.correlation.parameters import NATURES, Parameters
from app.correlation.relief import Relief
from tests.correlation.conftest import alert_columns, at, call_columns, place

ROOT = Path(__file__).parents[2]
LOOPS = {
    f"{module.__name__}.{name}": function
    for module in (pairs, city, terms, sets)
    for name, function in vars(module).items()
    if hasattr(function, "py_func")
}


def judged(parameters: Parameters, alerts: AlertColumns, calls: CallColumns) -> list[JudgedIncident]:
    return judge(alerts, calls, [], unknown_background(), parameters, at(9000))


def a_scene() -> tuple[AlertColumns, CallColumns]:
    """Two shootings that share their calls."""
    return (
        alert_columns((0, place()), (90, place(200))),
        call_columns(*[(each, place(100)) for each in range(100, 150, 10)]),
    )


def test_whatever_is_compiled_is_compiled_anew_when_any_of_it_changed() -> None:
    assert len(LOOPS) > 20
    sources = {Path(source) for source in compiled._SOURCES}
    assert {Path(inspect.getfile(function.py_func)) for function in LOOPS.values()} <= sources
    folder = Path(pairs.__file__).parent
    # Types of arrays are no part of what is compiled.
    read = {"app.correlation.columns"}
    for file in map(str, folder.glob("[!_]*.py")):
        for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("app."):
                path = ROOT.joinpath(*str(node.module).split("."))
                assert str(node.module) in read or path.is_dir() or path.with_suffix(".py") in sources
    stamps = {function._cache._impl.locator.get_source_stamp() for function in LOOPS.values()}
    assert stamps == {compiled._STAMP}


@pytest.mark.parametrize("anew", ["app.cli", "app.main", "app.worker.round", "app.worker.history"])
def test_nothing_brings_in_the_compiler_before_anything_is_judged(anew: str) -> None:
    program = f"import sys, {anew}; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_whole_numbers_for_parameters_are_no_reason_to_compile_again() -> None:
    scene = a_scene()
    judged(Parameters(), *scene)
    before = {name: len(function.signatures) for name, function in LOOPS.items()}
    whole: dict[str, Any] = {
        name: round(value)
        for name, value in Parameters().to_document().items()
        if isinstance(value, float) and value >= 1
    }
    assert len(whole) > 10
    judged(Parameters(**whole), *scene)
    assert {name: len(function.signatures) for name, function in LOOPS.items()} == before


def test_what_was_compiled_at_set_up_is_all_that_judging_needs() -> None:
    """`make setup` runs `python -m app.correlation.loops`; another process then compiles nothing."""
    program = (
        "from app.correlation.parameters import Parameters;"
        "from tests.correlation.test_loops import LOOPS, a_scene, judged; judged(Parameters(), *a_scene());"
        "told = [loop.stats for loop in LOOPS.values()];"
        "print(sum(sum(one.cache_hits.values()) for one in told));"
        "print(*[name for name, loop in LOOPS.items() if loop.stats.cache_misses])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    found, missed = run.stdout.split("\n")[:2]
    assert missed == "", "compiled anew; if it was not changed since, run make setup"
    assert int(found) > 2, "nothing came from what is kept"


def test_it_is_kept_where_numba_cache_dir_says(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    program = "from app.correlation.loops import sets; sets._powers(2.0, 3)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)
    assert len(list(tmp_path.rglob("*.nbc"))) == 1


def test_without_a_place_to_keep_it_it_is_compiled_all_the_same() -> None:
    nowhere = eval("lambda value: value + 1")
    assert compiled.compiled(nowhere)(math.pi) == math.pi + 1


def test_a_call_has_the_same_bits_wherever_it_stands() -> None:
    """Among thousands of thirty years, at every offset of the processor's lanes."""
    random = np.random.default_rng(3)
    count = 1000
    background = replace(
        unknown_background(),
        rhythm={nature.value: random.uniform(0.1, 3, 168).tolist() for nature in NATURES},
        relief=Relief(-88.0, 42.0, 0.1, 0.1, random.uniform(0.1, 9, (len(NATURES), 15, 8))),
        time_zone="America/Chicago",
    )
    where = (random.uniform(-88, -87, count), random.uniform(42, 44, count))
    nature, micros = random.integers(0, len(NATURES), count), random.integers(0, 10**15, count)
    together = background.log_rate(micros, *where, nature)
    assert len(set(together.tolist())) > 900
    for number in (0, 1, 2, 3, 5, 8, 13, 997, 998, 999):
        own = slice(number, number + 1)
        alone = background.log_rate(micros[own], where[0][own], where[1][own], nature[own])
        assert alone.tobytes() == together[own].tobytes()
