"""The order of arrival does not matter: any permutation, one at a time, gives the same bits as one bulk run.

The clock stands far after everything, and the rules are one version. EARSHOT_TEST_EXAMPLES sets how many
worlds are tried.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.core.settings import Settings
from app.correlation.background import Background, unknown_background
from app.db import Database
from tests.kept import Kept
from tests.worker.arrival_world import World, furnish
from tests.worker.arrivals import LATITUDE, LONGITUDE, Beat, Event, all_events, located

pytestmark = pytest.mark.slow
EXAMPLES = int(os.environ.get("EARSHOT_TEST_EXAMPLES", "20"))


def rhythmic() -> Background:
    """A background in which twenty silent minutes of `cad` are a gap."""
    unknown = unknown_background().to_document()
    return Background.from_document({**unknown, "source_rhythm_s": {"cad": [1 / 60] * 168}})


@pytest.fixture
def on_databases(
    migrated_file: Path, kept: Kept, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[dict[str, World]]:
    """A world on each database that there is; SQLite in memory, where the machine has a folder for that."""
    folder = Path("/dev/shm") / f"earshot-{os.getpid()}" if Path("/dev/shm").is_dir() else tmp_path
    folder.mkdir(exist_ok=True)
    path = folder / "world.db"
    shutil.copy(migrated_file, path)
    sqlite_settings = Settings(database_url=f"sqlite:///{path}", _env_file=None)
    worlds = {"sqlite": furnished(kept, sqlite_settings, tmp_path, lambda: path.unlink(missing_ok=True))}
    if os.environ.get("EARSHOT_TEST_DATABASE_URL"):
        empty = request.getfixturevalue("postgresql_kept").empty
        worlds["postgresql"] = furnished(
            kept, request.getfixturevalue("postgresql_settings"), tmp_path, empty
        )
    yield worlds
    for world in worlds.values():
        world.database.dispose()
    shutil.rmtree(folder)


def furnished(kept: Kept, settings: Settings, folder: Path, empty: Callable[[], None]) -> World:
    """A world on an empty database, which starts again from there."""
    database = Database(settings)

    def make() -> None:
        furnish(database)
        database.dispose()

    def start_again() -> None:
        if database.is_embedded:
            database.dispose()
        empty()
        kept("arrivals", settings, make)

    kept("arrivals", settings, make)
    return World(database, folder, start_again)


# A feed's first pushed call, older than its heartbeat, makes all between the two complete.
OLD_CALL_AFTER_HEARTBEAT: list[Event] = [
    located("cad", "C0", -2000),
    located("sensors", "A0", 0),
    Beat("cad", 3000),
]
# The calls settle a time two hours after what their clock shows.
SLOW_CLOCK: list[Event] = [
    located("cad-slow", "C2", 9000 - 7200),
    located("sensors", "A0", 3000),
    located("cad-slow", "C1", -3000 - 7200),
    located("cad-slow", "C0", -6000 - 7200),
]

# A call beyond the covered time ends a silence that is long enough, now, to be a gap.
CALL_THAT_ENDS_A_SILENCE: list[Event] = [
    located("sensors", "A0", 0),
    located("cad", "C0", 0),
    Beat("cad", 576),
    located("cad", "C1", 3240),
]

# Sums over alerts of one moment, whose last bits depend on the order of adding.
AT_ONCE: list[Event] = [
    *(
        located("sensors", f"A{number}", 0, longitude=LONGITUDE + number * number * 1e-4)
        for number in range(6)
    ),
    *(located("cad", f"C{number}", 60 + number, latitude=LATITUDE + number * 3e-3) for number in range(4)),
]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=all_events(), seed=st.integers(0, 2**32 - 1), rhythm=st.booleans())
@example(events=OLD_CALL_AFTER_HEARTBEAT, seed=0, rhythm=False)
@example(events=SLOW_CLOCK, seed=0, rhythm=False)
@example(events=CALL_THAT_ENDS_A_SILENCE, seed=0, rhythm=True)
@example(events=AT_ONCE, seed=0, rhythm=False)
@example(events=AT_ONCE, seed=3, rhythm=True)
def test_any_order_gives_the_same_bits(
    on_databases: dict[str, World], events: list[Event], seed: int, rhythm: bool
) -> None:
    background = rhythmic() if rhythm else None
    shuffled = random.Random(seed).sample(events, len(events))
    expected = on_databases["sqlite"].in_bulk(events, background)
    for name, world in on_databases.items():
        assert world.one_at_a_time(shuffled, background) == expected, f"one at a time on {name}"
    if "postgresql" in on_databases:
        assert on_databases["postgresql"].in_bulk(shuffled, background) == expected, "in bulk on postgresql"
    assert on_databases["sqlite"].one_at_a_time(events[::-1], background) == expected, "backwards"


def test_a_long_chain_grows_together_in_any_order(on_databases: dict[str, World]) -> None:
    """Fireworks: an hour of alerts, each linked to the next, is cut at its widest gaps wherever it began."""
    steps = [35 + number * 7 % 25 for number in range(70)]
    chain: list[Event] = [
        located("sensors", f"A{number:02}", sum(steps[:number])) for number in range(len(steps))
    ]
    chain.append(located("sensors", "A35", sum(steps[:35]) + 200, revision=1))
    world = on_databases["sqlite"]
    expected = world.in_bulk(chain, None)
    assert len(expected) > 5
    for seed in range(2):
        assert world.one_at_a_time(random.Random(seed).sample(chain, len(chain)), None) == expected
    if "postgresql" in on_databases:
        assert on_databases["postgresql"].in_bulk(chain[::-1], None) == expected
