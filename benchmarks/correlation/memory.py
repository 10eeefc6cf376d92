"""How much memory the scoring takes at its highest, in a process of its own.

    python -m benchmarks.correlation.memory FOLDER

reads what `save` wrote and prints, in bytes: the columns; how much the process grew by loading them; and how
much it had grown at most once they were scored. Reads /proc, so on Linux only.
"""

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np

from app.correlation.background import Background
from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.parameters import Parameters
from benchmarks.correlation.city import weigh

PROCESS = Path("/proc/self/status")


def save(folder: Path, alerts: AlertColumns, calls: CallColumns, background: Background) -> None:
    """Write the columns for the other process."""
    for columns, name in ((alerts, "alerts"), (calls, "calls")):
        for field in fields(columns):
            np.save(folder / f"{name}.{field.name}.npy", getattr(columns, field.name))
    (folder / "background.json").write_text(json.dumps(background.to_document()))


def measure(folder: Path) -> dict[str, int]:
    """Bytes of the columns, and by how much loading and scoring them let a fresh process grow."""
    command = [sys.executable, "-m", "benchmarks.correlation.memory", str(folder)]
    answer: dict[str, int] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return answer


def bytes_of(columns: AlertColumns | CallColumns) -> int:
    """What the arrays themselves take."""
    return sum(int(getattr(columns, field.name).nbytes) for field in fields(columns))


def main(folder: Path) -> None:
    """Load and score once; a first small run brings in code and compiled loops."""
    alerts, calls = _alerts(folder), _calls(folder)
    background = Background.from_document(json.loads((folder / "background.json").read_text()))
    few = int(np.searchsorted(alerts.started_micros, calls.received_micros[len(calls) // 50]))
    weigh(alerts.take(np.arange(few)), calls.take(np.arange(len(calls) // 40)), background, Parameters())
    del alerts, calls
    before = _kilobytes("VmRSS")
    alerts, calls = _alerts(folder), _calls(folder)
    loaded = _kilobytes("VmRSS")
    _forget_peak()
    weigh(alerts, calls, background, Parameters())
    told = {
        "columns": bytes_of(alerts) + bytes_of(calls),
        "loaded": (loaded - before) * 1024,
        "peak": (_kilobytes("VmHWM") - before) * 1024,
    }
    print(json.dumps(told))


def _alerts(folder: Path) -> AlertColumns:
    return AlertColumns(**{f.name: np.load(folder / f"alerts.{f.name}.npy") for f in fields(AlertColumns)})


def _calls(folder: Path) -> CallColumns:
    return CallColumns(**{f.name: np.load(folder / f"calls.{f.name}.npy") for f in fields(CallColumns)})


def _kilobytes(name: str) -> int:
    line = next(line for line in PROCESS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])


def _forget_peak() -> None:
    """Let VmHWM begin again from here (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
