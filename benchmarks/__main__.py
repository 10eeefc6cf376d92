"""python -m benchmarks: every benchmark, one after the other; python -m benchmarks.NAME for one.

Arguments are passed on; --small makes short work of those that take long.
"""

import runpy
import sys
from pathlib import Path


def main() -> None:
    """Run them in the order of their names."""
    folders = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__main__.py"))
    arguments = sys.argv[1:]
    for name in folders:
        print(f"\n== {name}", flush=True)
        sys.argv = [f"benchmarks.{name}", *arguments]
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
