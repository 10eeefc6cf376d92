"""python -m benchmarks: every benchmark, one after the other; python -m benchmarks.NAME for one."""

import runpy
import sys
from pathlib import Path


def main() -> None:
    """Run them in the order of their names."""
    folders = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__main__.py"))
    for name in folders:
        print(f"\n== {name}", flush=True)
        sys.argv = [f"benchmarks.{name}"]
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
