"""What waits for a stream: in order, nothing twice, and never more than it may be. No server."""

import asyncio
from collections.abc import Sequence

import pytest

from app.stream import subscriber as subscribers
from app.stream.blocks import Block
from app.stream.subscriber import Subscriber
from tests.stream.test_selection import selection


def blocks(ids: Sequence[int], size: int = 10) -> list[Block]:
    return [Block(number, b"x" * size) for number in ids]


def new_subscriber(position: int = 0) -> Subscriber:
    async def make() -> Subscriber:
        return Subscriber(selection(), position, lambda: None)

    return asyncio.run(make())


def taken(subscriber: Subscriber) -> list[int]:
    found: list[int] = []
    while part := subscriber.take():
        found += [block.id for block in part]
    return found


def test_what_was_had_is_passed_over() -> None:
    ours = new_subscriber(3)
    ours.offer(blocks([2, 3, 4, 6]), 7)
    ours.offer(blocks([6, 8]), 9)
    assert taken(ours) == [4, 6, 8]
    assert ours.position == 9


def test_the_position_is_what_was_taken_and_what_was_passed_over_once_nothing_waits() -> None:
    ours = new_subscriber()
    ours.offer([], 5)
    assert ours.position == 5
    ours.offer(blocks([7, 8], size=40_000), 9)
    assert ours.position == 5
    assert [block.id for block in ours.take()] == [7]
    assert ours.position == 7
    ours.take()
    assert ours.position == 9


def test_one_with_too_much_waiting_begins_again_after_what_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "MOST_PENDING_BYTES", 100_000)
    ours = new_subscriber()
    ours.is_live = True
    ours.offer(blocks([1, 2], size=40_000), 2)
    assert not ours.has_too_much
    ours.take()
    ours.offer(blocks([3, 4], size=40_000), 4)
    assert ours.has_too_much
    ours.fall_behind()
    assert (ours.position, ours.through, ours.is_live, ours.has_pending) == (1, 1, False, False)
    ours.offer(blocks([2, 3], size=10), 3)
    assert not ours.has_too_much
    assert taken(ours) == [2, 3]
