"""What correlation costs, against the hardware and against a database, on the arrays of one simulated run.

CITY_LARGE over 365 days is about 50,000 alerts and 3.8 million calls, sorted in memory, with a background
fitted to them. Everything is run once, so that code is compiled and pages are in memory, and then in turn,
round after round; medians are printed.

- reading the columns: the sum of every array that scoring reads, once;
- compiled sweep: a loop with two pointers that counts the pairs within window and gate (`compiled_sweep.py`);
- candidates: the same pairs as scoring finds them, kept, and each incident's calls only once;
- scoring: grouping, candidates with their evidence, association: all from the arrays to probabilities;
- a tenth: scoring the first tenth of the time, with its tenth of the alerts and of the calls;
- PostGIS join: on time by a B-tree and on distance by `ST_DWithin`, over the same rows, only counting the
  pairs, on the server that EARSHOT_TEST_DATABASE_URL names; against candidates, which do that and keep them;
- memory: how far a fresh process that scores the columns grows at most (`memory.py`);
- after one event: the incidents that a new alert, or a call that may report one, concerns, are cut out of the
  arrays and scored, by the same function as in bulk (`rescoring.py`), and in turn, round after round, PostGIS
  answers with the calls in each alert's window and gate; beside it, judged with verdict, reason and links. A
  first round warms all of them up; the ratio is the median of the rounds' own. The bits are checked against
  the whole run's.

    python -m benchmarks.correlation.speed [--days 365] [--rounds 5] [--events 2000] [--small]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from app.correlation.association import associate
from app.correlation.background import Background
from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.completeness import FeedCompleteness
from app.correlation.decisions import Constraints
from app.correlation.evidence import find_candidates, pairs_within_gate
from app.correlation.grouping import group
from app.correlation.groups import Groups
from app.correlation.parameters import Parameters
from app.simulate import CITY_LARGE
from benchmarks.correlation import compiled_sweep, memory
from benchmarks.correlation.city import Sample, draw, fit, weigh
from benchmarks.correlation.postgis import PostGIS
from benchmarks.correlation.rescoring import Event, Loaded, judge_again, rescore
from benchmarks.correlation.scenarios import SEEDS
from benchmarks.databases import fresh_databases

PARAMETERS = Parameters()
FULL_DAYS = 365.0
NOT_READ = frozenset({"id", "name_key", "names_alert_key", "is_sensor"})
READING, SWEEP, CANDIDATES = "reading the columns", "compiled sweep", "candidates"
GROUPING, EVIDENCE, ASSOCIATION = "grouping", "candidates and evidence", "association"
SCORING, TENTH, JOIN = "scoring", "a tenth", "PostGIS join"
RESCORING, JUDGING, LOOK_UP = "rescoring", "and verdicts, reasons, links", "one PostGIS look-up"


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw one city and measure everything on it."""
    parser = argparse.ArgumentParser(prog="benchmarks.correlation.speed")
    parser.add_argument("--days", type=float, default=FULL_DAYS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--small", action="store_true", help="20 days, three rounds, 200 events")
    options = parser.parse_args(arguments)
    if options.small:
        options.days, options.rounds, options.events = 20.0, 3, 200
    sample = draw(CITY_LARGE, seed=SEEDS[0], days=options.days)
    background = fit(sample, PARAMETERS)
    print(
        f"{len(sample.alerts):,} alerts and {len(sample.calls):,} calls, {options.rounds} rounds", flush=True
    )
    if options.days < FULL_DAYS:
        print(f"the goals are for {FULL_DAYS:g} days; fewer only show that it runs")
    with ExitStack() as stack:
        postgis = _filled(stack.enter_context(fresh_databases()).get("postgresql"), sample, stack)
        _print_costs(_costs(sample, background, postgis, options.rounds))
        _print_rescoring(sample, background, postgis, options.events, options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        _print_memory(Path(folder), sample, background)


def _filled(url: str | None, sample: Sample, stack: ExitStack) -> PostGIS | None:
    if url is None:
        return None
    begun = time.perf_counter()
    postgis = PostGIS(url, sample.alerts, sample.calls, PARAMETERS)
    stack.callback(postgis.close)
    print(f"PostGIS was filled in {time.perf_counter() - begun:.0f} s and joins so:", flush=True)
    print("    " + postgis.plan().replace("\n", "\n    "))
    return postgis


def _costs(sample: Sample, background: Background, postgis: PostGIS | None, rounds: int) -> dict[str, float]:
    """Median seconds of each measurement."""
    alerts, calls = sample.alerts, sample.calls
    groups = group(alerts, PARAMETERS)
    candidates = find_candidates(alerts, groups, calls, background, PARAMETERS)
    heard = np.ones(len(groups))
    few_alerts, few_calls = _tenth(alerts, calls)
    measured: dict[str, Callable[[], object]] = {
        READING: lambda: _read(alerts) + _read(calls),
        CANDIDATES: lambda: pairs_within_gate(alerts, groups, calls, PARAMETERS),
        GROUPING: lambda: group(alerts, PARAMETERS),
        EVIDENCE: lambda: find_candidates(alerts, groups, calls, background, PARAMETERS),
        ASSOCIATION: lambda: associate(candidates, calls, heard, Constraints(), PARAMETERS),
        SCORING: lambda: weigh(alerts, calls, background, PARAMETERS),
        TENTH: lambda: weigh(few_alerts, few_calls, background, PARAMETERS),
    }
    pairs = {CANDIDATES: len(candidates.call)}
    sweep = compiled_sweep.counting_sweep(alerts, calls, PARAMETERS)
    measured[SWEEP], pairs[SWEEP] = sweep, sweep()
    if postgis is not None:
        measured[JOIN], pairs[JOIN] = postgis.join, postgis.join()
    print("pairs: " + ", ".join(f"{count:,} by {name}" for name, count in pairs.items()), flush=True)
    return _medians(measured, rounds)


def _medians(measured: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in measured}
    for measure in measured.values():
        measure()
    for _ in range(rounds):
        for name, measure in measured.items():
            begun = time.perf_counter()
            measure()
            seconds[name].append(time.perf_counter() - begun)
    return {name: statistics.median(times) for name, times in seconds.items()}


def _read(columns: AlertColumns | CallColumns) -> float:
    """Every value that scoring reads, looked at once."""
    return sum(float(np.sum(getattr(columns, name))) for name in columns.__slots__ if name not in NOT_READ)


def _tenth(alerts: AlertColumns, calls: CallColumns) -> tuple[AlertColumns, CallColumns]:
    first, last = int(calls.received_micros[0]), int(calls.received_micros[-1])
    until = first + (last - first) // 10
    few = np.arange(np.searchsorted(alerts.started_micros, until))
    return alerts.take(few), calls.between(0, int(np.searchsorted(calls.received_micros, until)))


def _print_costs(seconds: dict[str, float]) -> None:
    print("medians in s")
    for name, value in seconds.items():
        print(f"  {name:<26}{value:9.4f}")
    _print_ratio(CANDIDATES, seconds, SWEEP, "at most 2", lambda ratio: ratio <= 2)
    _print_ratio(SCORING, seconds, READING, "at most 10", lambda ratio: ratio <= 10)
    _print_ratio(JOIN, seconds, CANDIDATES, "at least 100", lambda ratio: ratio >= 100)
    if JOIN in seconds:
        ratio = seconds[JOIN] / seconds[SCORING]
        print(f"  {JOIN}, which finds the pairs and no more, is {ratio:.1f} x {SCORING}")
    _print_ratio(SCORING, seconds, TENTH, "at most 11", lambda ratio: ratio <= 11)
    print(flush=True)


def _print_ratio(
    name: str, seconds: dict[str, float], reference: str, goal: str, is_met: Callable[[float], bool]
) -> None:
    if name in seconds and reference in seconds:
        ratio = seconds[name] / seconds[reference]
        met = "met" if is_met(ratio) else "NOT MET"
        print(f"  {name} is {ratio:.2f} x {reference}, goal {goal}: {met}")


def _print_rescoring(
    sample: Sample, background: Background, postgis: PostGIS | None, count: int, rounds: int
) -> None:
    alerts, calls = sample.alerts, sample.calls
    through = (int(calls.received_micros[0]), int(calls.received_micros[-1]))
    loaded = Loaded(
        alerts=alerts,
        calls=calls,
        background=background,
        parameters=PARAMETERS,
        feed=FeedCompleteness(source="calls", covered=[(through[0] - 10**12, through[1] + 10**12)]),
        now_micros=through[1] + 10**12,
    )
    groups, association = weigh(alerts, calls, background, PARAMETERS)
    expected = dict(zip(groups.first.tolist(), association.reported_final.tolist(), strict=True))
    chosen = np.random.default_rng(1).integers(0, len(alerts), count).tolist()
    events = _events(sample, chosen)
    judged = [judge_again(loaded, event) for event in events]
    for answer, event in zip(judged, events, strict=True):
        scored = rescore(loaded, event)
        for first, incident in answer.items():
            assert scored[first] == incident.probability_reported == expected[first], (
                f"other bits after {event}"
            )
    measured: dict[str, Callable[[int], object]] = {
        RESCORING: lambda place: rescore(loaded, events[place]),
        JUDGING: lambda place: judge_again(loaded, events[place]),
    }
    if postgis is not None:
        look_up = postgis.look_up(chosen)
        measured[LOOK_UP] = lambda place: look_up(chosen[place])
    taken: dict[str, list[list[float]]] = {name: [] for name in measured}
    for _ in range(rounds + 1):
        for name, seconds in _in_turn(measured, count).items():
            taken[name].append(seconds)
    in_the_mean = sum(map(len, judged)) / count
    print(f"after one event: {count:,} events, {in_the_mean:.1f} incidents in the mean, {rounds} rounds")
    highs = {}
    for name, (_, *warm) in taken.items():
        middle = statistics.median(float(np.percentile(seconds, 50)) for seconds in warm)
        highs[name] = [float(np.percentile(seconds, 99)) for seconds in warm]
        print(f"  {name:<30} p50 {middle * 1e3:.2f} ms, p99 {statistics.median(highs[name]) * 1e3:.2f} ms")
    if postgis is None:
        return
    for name, goal in ((RESCORING, 1.0), (JUDGING, None)):
        ratios = [mine / other for mine, other in zip(highs[name], highs[LOOK_UP], strict=True)]
        ratio = statistics.median(ratios)
        met = "" if goal is None else f", goal at most 1: {'met' if ratio <= goal else 'NOT MET'}"
        print(f"  {name}: p99 is {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) x the look-up's{met}")
    print(flush=True)


def _in_turn(measured: dict[str, Callable[[int], object]], count: int) -> dict[str, list[float]]:
    """Seconds of each function for each event, all events of one function after all of another."""
    taken: dict[str, list[float]] = {name: [] for name in measured}
    for name, function in measured.items():
        for place in range(count):
            begun = time.perf_counter()
            function(place)
            taken[name].append(time.perf_counter() - begun)
    return taken


def _events(sample: Sample, chosen: Sequence[int]) -> list[Event]:
    """Each second one the alert itself, the others a call within its window and gate, where there is one."""
    groups = Groups.of([np.array([place]) for place in chosen])
    incident, call, _, _ = pairs_within_gate(sample.alerts, groups, sample.calls, PARAMETERS)
    events = []
    for place, alert in enumerate(chosen):
        own = call[incident == place]
        reports = place % 2 == 1 and len(own) > 0
        events.append(Event(call=int(own[0])) if reports else Event(alert=alert))
    return events


def _print_memory(folder: Path, sample: Sample, background: Background) -> None:
    if not memory.PROCESS.exists():
        print("memory is left out: there is no /proc here")
        return
    memory.save(folder, sample.alerts, sample.calls, background)
    told = memory.measure(folder)
    ratio = told["peak"] / told["columns"]
    sizes = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in told.items())
    print(f"memory: {sizes}")
    print(f"  the peak is {ratio:.2f} x the columns, goal at most 3: {'met' if ratio <= 3 else 'NOT MET'}")


if __name__ == "__main__":
    main()
