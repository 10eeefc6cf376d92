"""So many wrong keys from one address, and no more for a while."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.access.tries import Tries
from app.core.errors import TooManyTriesError


class Stopwatch:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


def taken(tries: Tries, address: str, times: int = 20) -> int:
    """How many tries in a row are let through."""
    for number in range(times):
        try:
            tries.take(address)
        except TooManyTriesError:
            return number
    return times


def test_an_address_waits_until_the_oldest_try_is_over(watch: Stopwatch) -> None:
    tries = Tries(3, 60.0, watch)
    tries.take("10.0.0.1")
    watch.now += 20
    assert taken(tries, "10.0.0.1") == 2
    with pytest.raises(TooManyTriesError) as refused:
        tries.take("10.0.0.1")
    assert refused.value.headers == {"Retry-After": "40"}
    assert taken(tries, "10.0.0.2") == 3, "others do not wait"
    watch.now += 40
    assert taken(tries, "10.0.0.1") == 1


def test_good_keys_are_not_counted(watch: Stopwatch) -> None:
    tries = Tries(2, 60.0, watch)
    for _ in range(10):
        tries.take("10.0.0.1")
        tries.give_back("10.0.0.1")
    assert taken(tries, "10.0.0.1") == 2
    tries.give_back("never seen")


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("unknown", "unknown", True),
    ],
)
def test_who_is_counted_together(watch: Stopwatch, one: str, other: str, together: bool) -> None:
    tries = Tries(2, 60.0, watch)
    assert taken(tries, one) == 2
    assert taken(tries, other) == (0 if together else 2)


def test_many_at_once_are_counted_one_by_one(watch: Stopwatch) -> None:
    tries = Tries(10, 60.0, watch)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: taken(tries, "10.0.0.1", 1), range(50))) == 10


def test_the_memory_is_bounded(watch: Stopwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.access.tries._MOST_ADDRESSES", 5)
    tries = Tries(1, 60.0, watch)
    for number in range(20):
        tries.take(f"10.0.0.{number}")
    assert len(tries._times) == 5
    assert taken(tries, "10.0.0.19") == 0, "the newest are remembered"
