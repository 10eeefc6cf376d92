"""Whether the order of arrival matters, and what one event at a time costs.

Some weeks of a city with many alerts: alerts, calls, their revisions and repeats, retractions (some of which
come before their alerts), heartbeats, a gap in the call feed, a night of fireworks, and an analyst's decision
for every hundred events. Everything is first stored and then worked off in one bulk run, on every database
there is; a background is fitted to it on the way. Then the same events are shuffled and delivered through the
real store, one commit an event, the worker working each off before the next comes, on SQLite under the same
rules. A decision waits until the alert and the call that it is about are there, as it must. The clock stands
days after the last event in all of them.

What is compared: which alerts form an incident, its verdict with the reason, the bits of its probability, and
its links with the bits of theirs.

    python -m benchmarks.correlation.replay [--events 50000] [--commit 1] [--seed 101] [--small]
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from app.correlation.background import Background
from benchmarks.correlation.arrivals import RECORDS_A_DAY, START, Event, draw_events, kinds
from benchmarks.correlation.replayed import Replayed
from benchmarks.databases import fresh_databases

REPORTS = 10


def main(arguments: Sequence[str] | None = None) -> None:
    """In bulk, then shuffled, and compare."""
    parser = argparse.ArgumentParser(prog="benchmarks.correlation.replay")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--commit", type=int, default=1, help="events in one commit")
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--small", action="store_true", help="1,500 events")
    options = parser.parse_args(arguments)
    count = 1_500 if options.small else options.events
    events = draw_events(count, options.seed)
    now = START + timedelta(days=count / RECORDS_A_DAY + 4)
    print(f"{len(events):,} events: {kinds(events)}", flush=True)
    outcomes = {}
    with fresh_databases() as urls:
        background = None
        for name, url in urls.items():
            replayed = Replayed(url, now)
            background = _in_bulk(replayed, name, events, background)
            outcomes[f"in bulk on {name}"] = replayed.outcome()
            replayed.close()
    random.Random(options.seed).shuffle(events)
    with fresh_databases() as urls:
        replayed = Replayed(urls["sqlite"], now)
        if background is not None:
            replayed.judge_by(background)
        _one_by_one(replayed, events, options.commit)
        outcomes["shuffled on sqlite"] = replayed.outcome()
        replayed.close()
    _compare(outcomes)


def _in_bulk(
    replayed: Replayed, name: str, events: Sequence[Event], background: Background | None
) -> Background:
    begun = time.perf_counter()
    replayed.store(events)
    stored = time.perf_counter()
    found = background or replayed.fitted()
    replayed.judge_by(found)
    fitted = time.perf_counter()
    replayed.work_off()
    worked_s = time.perf_counter() - fitted
    rate = len(events) / (stored - begun + worked_s)
    print(
        f"in bulk on {name}: stored in {stored - begun:.1f} s, worked off in {worked_s:.1f} s, "
        f"{rate:,.0f} events/s",
        flush=True,
    )
    return found


def _one_by_one(replayed: Replayed, events: Sequence[Event], commit: int) -> None:
    tenth = max(len(events) // REPORTS, 1)
    begun = last = time.perf_counter()
    for start in range(0, len(events), commit):
        replayed.store(events[start : start + commit])
        replayed.work_off()
        done = start + commit
        if done % tenth < commit:
            now = time.perf_counter()
            print(f"  {done:,} delivered, {tenth / (now - last):,.0f} events/s", flush=True)
            last = now
    seconds = time.perf_counter() - begun
    print(
        f"shuffled, {commit} a commit, on sqlite: {seconds:.0f} s, {len(events) / seconds:,.0f} events/s",
        flush=True,
    )


def _compare(outcomes: dict[str, dict[frozenset[str], tuple[str, ...]]]) -> None:
    (name, expected), *others = outcomes.items()
    verdicts = Counter(outcome[0] for outcome in expected.values())
    told = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items()))
    links = sum(len(outcome[3]) for outcome in expected.values())
    print(f"{name}: {len(expected):,} incidents ({told}), {links:,} links")
    for other, outcome in others:
        differing = [
            alerts
            for alerts in expected.keys() | outcome.keys()
            if expected.get(alerts) != outcome.get(alerts)
        ]
        print(f"{other}: {'identical' if not differing else f'{len(differing):,} INCIDENTS DIFFER'}")
        for alerts in sorted(differing, key=sorted)[:3]:
            print(f"  {sorted(alerts)}: {expected.get(alerts)} against {outcome.get(alerts)}")


if __name__ == "__main__":
    main()
