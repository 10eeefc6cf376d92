"""Which incidents have to be judged together, because some call may report either."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from app.correlation.columns import Floats, Integers

_RAISE = 2.0


class Partition(NamedTuple):
    """Sets of two or more incidents to judge together, and the places of pairs that do not count."""

    components: list[list[int]]
    dropped: Integers


class _Pair(NamedTuple):
    place: int
    incident: int
    call: int
    u: float


def joint_components(incident: Integers, call: Integers, u: Floats, *, floor: float, most: int) -> Partition:
    """Sets of two to `most` incidents that share a call with evidence of at least `floor` for each.

    Takes pairs by incident, then call, as parallel arrays. Where a set would be larger, the floor is doubled
    for it until its parts fit. Those are judged apart, so each of its calls counts only in the part with the
    incident that it speaks for most: a call explains at most one incident, on a fireworks night too.
    """
    strong = (u >= floor).nonzero()[0]
    if len(strong) == 0 or (incident[strong] == incident[strong[0]]).all():
        return Partition([], np.empty(0, dtype=np.int64))
    # By call, then incident: by incident they are already.
    order = strong[call[strong].argsort(kind="stable")]
    calls = call[order]
    repeated = (calls[1:] == calls[:-1]).nonzero()[0]
    if len(repeated) == 0:
        return Partition([], np.empty(0, dtype=np.int64))
    shared = np.zeros(len(order), dtype=bool)
    shared[repeated] = shared[repeated + 1] = True
    places = order[shared]
    columns = (array.tolist() for array in (places, incident[places], call[places], u[places]))
    components: list[list[int]] = []
    dropped: list[int] = []
    for pairs in _connected(list(map(_Pair, *columns))):
        parts = list(_fitting(pairs, floor, most))
        components += [part for part in parts if len(part) > 1]
        if len(parts) > 1:
            dropped += _outside_their_part(pairs, parts)
    return Partition(sorted(components), np.array(sorted(dropped), dtype=np.int64))


def _fitting(pairs: Sequence[_Pair], floor: float, most: int) -> Iterator[list[int]]:
    """The incidents of one component in parts of at most `most`."""
    waiting = [(pairs, floor)]
    while waiting:
        own, least = waiting.pop()
        members = {pair.incident for pair in own}
        if len(members) <= most:
            yield sorted(members)
            continue
        kept = [pair for pair in own if pair.u >= least * _RAISE]
        parts = _connected(kept)
        waiting += [(part, least * _RAISE) for part in parts]
        yield from ([alone] for alone in sorted(members - {pair.incident for pair in kept}))


def _outside_their_part(pairs: Sequence[_Pair], parts: Sequence[Sequence[int]]) -> list[int]:
    """Places of the pairs whose call counts in another part."""
    part_of = {incident: number for number, part in enumerate(parts) for incident in part}
    best: dict[int, _Pair] = {}
    for pair in pairs:
        known = best.get(pair.call)
        if known is None or (-pair.u, pair.incident) < (-known.u, known.incident):
            best[pair.call] = pair
    return [pair.place for pair in pairs if part_of[pair.incident] != part_of[best[pair.call].incident]]


def _connected(pairs: Sequence[_Pair]) -> list[list[_Pair]]:
    """The pairs of each connected component of calls and incidents."""
    parent: dict[int, int] = {}

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    first_of_call: dict[int, int] = {}
    for pair in pairs:
        parent.setdefault(pair.incident, pair.incident)
        other = first_of_call.setdefault(pair.call, pair.incident)
        low, high = sorted((find(pair.incident), find(other)))
        parent[high] = low
    components: dict[int, list[_Pair]] = {}
    for pair in pairs:
        components.setdefault(find(pair.incident), []).append(pair)
    return list(components.values())
