"""Milwaukee, May 2018: how probabilities are spread, and how many reports are found where there can be none.

The city's dispatch log is taken in twice, as alerts (its acoustic records) and as calls, in an embedded
database of its own, and correlated as a user would do it. Then the same rules judge the same alerts with
their times shifted by −3 to +3 whole days, which keeps hour and place but breaks the bond to the calls.
Needs `../shared/data/milwaukee-2018`; goals: by chance at most 3 % of the incidents and a quarter of the
unshifted number.
"""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from sqlalchemy import select

from app.core.settings import Settings
from app.correlation.sensitivity import SHIFTS_DAYS
from app.db import Database, migration
from app.db.models import Incident
from tests.test_milwaukee import reports_with_shift, take_in

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "milwaukee-2018"
EDGES = (0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.0)


def main() -> None:
    """Take the log in, judge it, and print both tables."""
    if not DATA.is_dir():
        print(f"Milwaukee is left out: there is no {DATA.name} beside the repository")
        return
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(database_url=f"sqlite:///{folder}/milwaukee.db", _env_file=None))
        migration.upgrade(database)
        take_in(database, DATA, Path(folder), "")
        _print_figures(database)
        database.dispose()


def _print_figures(database: Database) -> None:
    with database.read() as session:
        rows = session.execute(select(Incident.verdict, Incident.probability_reported)).all()
    verdicts = Counter(row.verdict for row in rows)
    print(
        f"Milwaukee: {len(rows)} incidents: " + ", ".join(f"{n} {word}" for word, n in verdicts.most_common())
    )
    probabilities = np.array(
        [row.probability_reported for row in rows if row.probability_reported is not None]
    )
    counts, _ = np.histogram(probabilities, EDGES)
    for low, high, count in zip(EDGES, EDGES[1:], counts.tolist(), strict=False):
        print(f"  P {low:4.2f} to {high:4.2f}  {count:4d}")
    shifted = [reports_with_shift(database, days) for days in SHIFTS_DAYS]
    mean, reported = float(np.mean(shifted)), verdicts["reported"]
    print(f"  reported with the alerts shifted by whole days: {shifted}, mean {mean:.1f}")
    print(f"  by chance {mean / len(rows):.1%} of the incidents (goal 3 %)")
    print(f"  by chance {mean / reported:.2f} of the unshifted number (goal 0.25)")


if __name__ == "__main__":
    main()
