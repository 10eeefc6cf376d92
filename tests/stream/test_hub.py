"""How a stream that has caught up joins those that are live: whatever happened meanwhile. No server."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from app.core.errors import BusyError
from app.core.metrics import Metrics
from app.core.settings import Settings
from app.db import Database
from app.events import EventType
from app.stream.blocks import Page, page_of
from app.stream.hub import EVENTS_A_PAGE, Hub
from app.stream.subscriber import Subscriber
from tests.stream.test_blocks import logged
from tests.stream.test_selection import selection
from tests.stream.test_subscriber import taken


class PagedHub(Hub):
    """A hub whose log is what a test says that each look at it finds."""

    pages: Iterator[Page]

    def _page(self, after: int) -> Page:
        return next(self.pages)


def page(after: int, *ids: int, most: int = EVENTS_A_PAGE) -> Page:
    return page_of([logged(number, EventType.UPDATED) for number in ids], after, most)


@pytest.fixture
def run(sqlite_settings: Settings) -> Iterator[Callable[[Callable[[PagedHub], Awaitable[None]]], None]]:
    """Run a test with a hub that reads nothing by itself."""
    settings = sqlite_settings.model_copy(update={"stream_limit": 3})
    database = Database(settings)

    def start(test: Callable[[PagedHub], Awaitable[None]]) -> None:
        async def started() -> None:
            hub = PagedHub(database, settings, Metrics())
            hub.pages = iter(())
            await hub.start()
            for task in hub._tasks:
                task.cancel()
            await test(hub)
            await hub.stop()

        asyncio.run(started())

    yield start
    database.dispose()


def subscriber(hub: Hub, position: int) -> Subscriber:
    added = Subscriber(selection(), position, lambda: None)
    hub.add(added)
    return added


def test_one_that_the_hub_has_overtaken_reads_on(run: Callable[..., None]) -> None:
    async def test(hub: PagedHub) -> None:
        first, late = subscriber(hub, 5), subscriber(hub, 3)
        hub.pages = iter([page(5), page(3, 4), page(4, 5, 6), page(6)])
        await hub.catch_up(first)
        assert first.is_live
        hub._deliver(page(5, 6))
        await hub.catch_up(late)
        assert not late.is_live, "it had not seen 5 and 6, which the hub has told already"
        assert taken(late) == [4]
        await hub.catch_up(late)
        assert late.is_live
        hub._deliver(page(6, 7))
        assert (taken(first), taken(late)) == ([6, 7], [5, 6, 7])

    run(test)


def test_one_that_is_ahead_of_the_hub_gets_nothing_twice(run: Callable[..., None]) -> None:
    async def test(hub: PagedHub) -> None:
        first, ahead = subscriber(hub, 5), subscriber(hub, 4)
        hub.pages = iter([page(5), page(4, 5, 6, 7)])
        await hub.catch_up(first)
        await hub.catch_up(ahead)
        assert ahead.is_live
        hub._deliver(page(5, 6))
        hub._deliver(page(6, 7, 8))
        assert (taken(first), taken(ahead)) == ([6, 7, 8], [5, 6, 7, 8])

    run(test)


def test_a_full_page_is_not_all_there_is(run: Callable[..., None]) -> None:
    async def test(hub: PagedHub) -> None:
        behind = subscriber(hub, 0)
        hub.pages = iter([page(0, 1, 2, most=2), page(2)])
        await hub.catch_up(behind)
        assert not behind.is_live
        taken(behind)
        await hub.catch_up(behind)
        assert behind.is_live

    run(test)


def test_when_the_last_has_left_whoever_comes_says_from_where(run: Callable[..., None]) -> None:
    async def test(hub: PagedHub) -> None:
        first = subscriber(hub, 5)
        hub.pages = iter([page(5), page(2, 3)])
        await hub.catch_up(first)
        hub.remove(first)
        second = subscriber(hub, 2)
        await hub.catch_up(second)
        assert second.is_live
        hub._deliver(page(3, 4))
        assert taken(second) == [3, 4]

    run(test)


def test_one_with_too_much_waiting_reads_the_log_again(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stream.subscriber.MOST_PENDING_BYTES", 2_000)

    async def test(hub: PagedHub) -> None:
        slow, quick = subscriber(hub, 0), subscriber(hub, 0)
        hub.pages = iter([page(0), page(0), page(0, 1, 2, 3, 4)])
        for each in (slow, quick):
            await hub.catch_up(each)
        hub._deliver(page(0, 1))
        assert taken(quick) == [1]
        hub._deliver(page(1, 2))
        hub._deliver(page(2, 3))
        hub._deliver(page(3, 4))
        assert not slow.is_live
        await hub.catch_up(slow)
        assert taken(slow) == [1, 2, 3, 4]

    run(test)


def test_no_more_than_may_be_and_none_once_it_closes(run: Callable[..., None]) -> None:
    async def test(hub: PagedHub) -> None:
        opened = [subscriber(hub, 0) for _ in range(3)]
        with pytest.raises(BusyError):
            hub.require_room()
        hub.remove(opened[0])
        hub.require_room()
        hub.close()
        with pytest.raises(BusyError, match="shuts down"):
            hub.require_room()
        assert [each.ending for each in opened[1:]] == ["the service shuts down; come back in a moment"] * 2

    run(test)
