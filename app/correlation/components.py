"""Which incidents have to be judged together, because some call may report either."""

from collections.abc import Iterator, Sequence

import numpy as np

from app.correlation.columns import Floats, Integers

_RAISE = 2.0


def joint_components(
    incident: Integers, call: Integers, u: Floats, *, floor: float, most: int
) -> list[list[int]]:
    """Sets of two to `most` incidents that share a call with evidence of at least `floor` for each.

    Takes pairs by incident, then call, as parallel arrays. Where a set would be larger, the floor is doubled
    for it until its parts fit; those are then judged as if they shared nothing with each other.
    """
    strong = np.flatnonzero(u >= floor)
    order = strong[np.lexsort((incident[strong], call[strong]))]
    repeated = np.flatnonzero(np.diff(call[order]) == 0)
    shared = np.zeros(len(order), dtype=bool)
    shared[repeated] = shared[repeated + 1] = True
    edges = [(int(call[place]), int(incident[place]), float(u[place])) for place in order[shared].tolist()]
    return sorted(_fitting(edges, floor, most))


def _fitting(edges: Sequence[tuple[int, int, float]], floor: float, most: int) -> Iterator[list[int]]:
    waiting = [(list(edges), floor)]
    while waiting:
        pairs, least = waiting.pop()
        kept = [pair for pair in pairs if pair[2] >= least]
        for members in _connected(kept):
            if len(members) < 2:
                continue
            if len(members) <= most:
                yield sorted(members)
                continue
            waiting.append(([pair for pair in kept if pair[1] in members], least * _RAISE))


def _connected(edges: Sequence[tuple[int, int, float]]) -> list[set[int]]:
    """The incidents of each connected component of calls and incidents."""
    parent: dict[int, int] = {}

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    first_of_call: dict[int, int] = {}
    for call, incident, _ in edges:
        parent.setdefault(incident, incident)
        other = first_of_call.setdefault(call, incident)
        low, high = sorted((find(incident), find(other)))
        parent[high] = low
    members: dict[int, set[int]] = {}
    for incident in parent:
        members.setdefault(find(incident), set()).add(incident)
    return list(members.values())
