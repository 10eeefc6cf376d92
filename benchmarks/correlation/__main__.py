"""python -m benchmarks.correlation: every part, one after the other; --small for a try in a minute."""

import runpy
import sys

PARTS = ("quality", "live_factor", "speed", "replay", "milwaukee")


def main() -> None:
    """Run them with the same arguments."""
    arguments = sys.argv[1:]
    for part in PARTS:
        print(f"\n-- {part}", flush=True)
        sys.argv = [f"benchmarks.correlation.{part}", *arguments]
        runpy.run_module(f"benchmarks.correlation.{part}", run_name="__main__")


if __name__ == "__main__":
    main()
