"""From the POST of an alert to its event in every client of the live stream.

One `earshot serve` with its worker and 100 clients; alerts one a request, evenly, at 1, 10 and 50 a second,
each a shooting of its own. They are of the last day, as a vendor's backlog would be; the last row has as many
that are all of this minute, so that each is judged among hundreds. The reference is the answer to the same
POST, which comes after its commit: nobody can be told sooner. Then 1,000 clients on one process: how soon all
of them have heard, what they take in memory, and how long a server that stops is held up by them.

`--soak 10` is another measurement: ten minutes of stream (`soak.py`).
"""

import argparse
import asyncio
import signal
import time

from benchmarks.databases import fresh_databases
from benchmarks.latency.figures import ms
from benchmarks.latency.load import Heard, Load, all_at_once, listen, post_alerts
from benchmarks.latency.service import Service, serving
from benchmarks.latency.soak import soak

RATES = (1, 10, 50)
CLIENTS = 100
MANY = 1_000
SECONDS = 10.0
GOAL_MS = 100.0
MOST_MB_A_CLIENT = 0.25
MOST_STOPPING_S = 10.0
SETTLE_S = 3.0


def main() -> None:
    """Measure on every database there is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each rate")
    parser.add_argument("--small", action="store_true", help="2 s of each rate, and no thousand clients")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="instead, the stream for so long")
    told = parser.parse_args()
    if told.soak is not None:
        soak(told.soak)
        return
    seconds = 2.0 if told.small else told.seconds
    for kind in ("sqlite", "postgresql"):
        for load in (
            *(Load(f"r{rate}", rate, seconds) for rate in RATES),
            all_at_once("now", RATES[-1], seconds),
        ):
            with fresh_databases() as urls:
                if kind not in urls:
                    break
                if load.name == f"r{RATES[0]}":
                    print(f"{kind}: {CLIENTS} clients, {seconds:g} s of each rate; ms since the POST")
                    print(
                        "  alerts/s           event p50     p99   answer p50     p99   event / answer   told"
                    )
                with serving(urls[kind]) as service:
                    _tell(load, asyncio.run(_run(service, load, CLIENTS)))
        if not told.small:
            with fresh_databases() as urls:
                if kind in urls:
                    _measure_many(urls[kind])


def _tell(load: Load, heard: Heard) -> None:
    prefix = f"{load.name}-".encode()
    events, answers = heard.latencies_s(prefix), heard.answers_s(prefix)
    p50, p99 = ms(events, 0.5), ms(events, 0.99)
    goal = ""
    if load.name == f"r{RATES[-1]}":
        is_met = p99 <= GOAL_MS and len(events) == CLIENTS * load.count
        goal = f"goal p99 <= {GOAL_MS:.0f}: {'met' if is_met else 'MISSED'}"
    spread = "" if load.name != "now" else " this minute"
    acknowledged = f"{ms(answers, 0.5):12.1f} {ms(answers, 0.99):7.1f} {p50 / ms(answers, 0.5):14.2f} x"
    told = f"{len(events)} of {CLIENTS * load.count}"
    print(
        f"  {f'{load.rate:g}{spread}':17s} {p50:10.1f} {p99:7.1f} {acknowledged}   {told}  {goal}", flush=True
    )


def _measure_many(url: str) -> None:
    load = Load("many", 2, 5.0)
    with serving(url) as service:
        asyncio.run(_run(service, Load("warm", 2, 1.0), 1))
        before = service.resident_mb
        heard, open_mb, stopped_s = asyncio.run(_run_many(service, load))
    events = heard.latencies_s(b"many-")
    each_mb = (open_mb - before) / MANY
    told = len(events) == MANY * load.count
    goals = [
        (f"told {len(events)} of {MANY * load.count}", told),
        (
            f"{each_mb * 1024:.0f} kB a client (goal {MOST_MB_A_CLIENT * 1024:.0f})",
            each_mb <= MOST_MB_A_CLIENT,
        ),
        (f"stopped in {stopped_s:.1f} s (goal {MOST_STOPPING_S:.0f})", stopped_s <= MOST_STOPPING_S),
    ]
    print(
        f"  {MANY} clients, 2 alerts/s: event p50 {ms(events, 0.5):.0f}, p99 {ms(events, 0.99):.0f} ms;",
        end="",
    )
    print(f" {before:.0f} MB before, {open_mb:.0f} MB with them")
    print("    " + "; ".join(f"{said}: {'met' if met else 'MISSED'}" for said, met in goals), flush=True)


async def _run(service: Service, load: Load, clients: int) -> Heard:
    heard = Heard()
    listeners = await listen(service.port, service.viewer, clients, heard)
    # What is done for the first time takes longer.
    await post_alerts(service.port, service.vendor, Load("first", 5, 1.0), heard)
    await _hear_and_post(service, load, clients, heard)
    for listener in listeners:
        listener.close()
    return heard


async def _run_many(service: Service, load: Load) -> tuple[Heard, float, float]:
    heard = Heard()
    listeners = await listen(service.port, service.viewer, MANY, heard)
    await _hear_and_post(service, load, MANY, heard)
    open_mb = service.resident_mb
    begun = time.perf_counter()
    service.process.send_signal(signal.SIGTERM)
    await asyncio.gather(*(listener.ended for listener in listeners))
    await asyncio.to_thread(service.process.wait, 30)
    return heard, open_mb, time.perf_counter() - begun


async def _hear_and_post(service: Service, load: Load, clients: int, heard: Heard) -> None:
    """Post, then wait until everybody has heard of everything, or some seconds."""
    await post_alerts(service.port, service.vendor, load, heard)
    deadline = time.perf_counter() + SETTLE_S
    while time.perf_counter() < deadline and heard.count < clients * len(heard.posted):
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    main()
