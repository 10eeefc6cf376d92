"""Exports: all incidents to each form, against GDAL's ogr2ogr from the same PostGIS tables, in the same run.

Each is a process of its own, from its start to its end, so Python's start is in ours. The reference writes
the same properties in the same order, put together by the same SQL. Rounds are interleaved; times are
medians, ratios medians of the rounds' own, memory is the most of any round. Where this GDAL has no driver
(of GeoParquet, mostly) there is no reference.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from app.db.dialect import postgresql
from app.domain.vocabulary import ExportForm
from app.maps.collections import COLLECTIONS
from benchmarks.databases import fresh_databases
from benchmarks.maps.filling import fill

ROUNDS = 3
# A process begins with its parent's memory on its account, so a small one starts it.
_LAUNCHER = """
import os, sys, time
started = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(pid, 0)
print(time.perf_counter() - started, used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
INCIDENTS = COLLECTIONS["incidents"]
DRIVERS = {
    ExportForm.GEOJSON: "GeoJSON",
    ExportForm.CSV: "CSV",
    ExportForm.GPKG: "GPKG",
    ExportForm.PARQUET: "Parquet",
}
OPTIONS = {
    ExportForm.CSV: ("-lco", "GEOMETRY=AS_XY"),
    ExportForm.GPKG: ("-nln", "incidents", "-lco", "FID=id", "-a_srs", "EPSG:4326"),
}


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    peak_mb: float
    size_mb: float


def main() -> None:
    """Measure on every database there is."""
    count = 10_000 if "--small" in sys.argv else 1_000_000 if "--million" in sys.argv else 100_000
    drivers = _drivers()
    with fresh_databases() as urls, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for url in urls.values():
            fill(url, count)
        load = os.getloadavg()[0]
        print(f"{count:,} incidents, {len(INCIDENTS.properties)} properties; load average {load:.1f}")
        for form in ExportForm:
            commands = dict(_commands(form, urls, folder, drivers))
            runs: dict[str, list[Run]] = {who: [] for who in commands}
            for _ in range(ROUNDS):
                for who, (command, environment, target) in commands.items():
                    runs[who].append(_run(command, environment, target))
                    assert _features(target, form, count), (who, form)
                    target.unlink()
            _tell(form, runs)
        print(f"load average {os.getloadavg()[0]:.1f}")


def _commands(
    form: ExportForm, urls: dict[str, str], folder: Path, drivers: str
) -> Iterator[tuple[str, tuple[Sequence[str], dict[str, str], Path]]]:
    earshot = str(Path(sys.executable).parent / "earshot")
    for kind, url in urls.items():
        target = folder / f"{kind}.{form.value}"
        command = (earshot, "export", "incidents", "--out", str(target), "--json")
        yield kind, (command, {"EARSHOT_DATABASE_URL": url}, target)
    if "postgresql" in urls and f"{DRIVERS[form]} -" in drivers:
        target = folder / f"ogr2ogr.{form.value}"
        address = make_url(urls["postgresql"]).set(drivername="postgresql")
        source = f"PG:{address.render_as_string(hide_password=False)}"
        reading = ("-f", DRIVERS[form], str(target), source, "-sql", _statement())
        yield "ogr2ogr", (("ogr2ogr", *reading, *OPTIONS.get(form, ())), {}, target)


def _statement() -> str:
    """The same features by the SQL that exports use too."""
    fields = INCIDENTS.form(postgresql, tuple(INCIDENTS.properties)).fields
    columns = ", ".join(f"{field.sql} AS {field.name}" for field in fields)
    return (
        f"SELECT id, {columns}, position::geometry AS geometry FROM incidents"
        " WHERE merged_into_id IS NULL ORDER BY started_at DESC, id DESC"
    )


def _drivers() -> str:
    if shutil.which("ogr2ogr") is None:
        print("the reference is left out: there is no ogr2ogr")
        return ""
    return subprocess.run(["ogrinfo", "--formats"], capture_output=True, text=True, check=True).stdout


def _run(command: Sequence[str], environment: dict[str, str], target: Path) -> Run:
    lean = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(lean, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    seconds, peak_kb = done.stdout.splitlines()[-1].split()
    return Run(float(seconds), int(peak_kb) / 1e3, target.stat().st_size / 1e6)


def _features(target: Path, form: ExportForm, count: int) -> bool:
    """Whether all are in a file, by its lines where it has some."""
    if form not in (ExportForm.GEOJSON, ExportForm.CSV):
        return target.stat().st_size > count
    with target.open("rb") as file:
        return sum(1 for _ in file) - count in range(1, 8)


def _tell(form: ExportForm, runs: dict[str, list[Run]]) -> None:
    for who, found in runs.items():
        seconds = statistics.median(run.seconds for run in found)
        peak_mb, size_mb = max(run.peak_mb for run in found), found[-1].size_mb
        told = (
            f"  {form.value:<8} {who:<11} {seconds:6.2f} s, memory {peak_mb:4.0f} MB, file {size_mb:6.1f} MB"
        )
        if "ogr2ogr" in runs and who != "ogr2ogr":
            ratios = [
                reference.seconds / run.seconds for reference, run in zip(runs["ogr2ogr"], found, strict=True)
            ]
            told += f"; {statistics.median(ratios):.2f} x as quick as ogr2ogr"
        print(told, flush=True)


if __name__ == "__main__":
    main()
