"""Which incidents are judged together, against a plain search of the graph of calls and incidents."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.correlation.components import joint_components

FLOOR = 0.02
Edge = tuple[int, int, float]  # incident, call, u

strengths = st.one_of(
    st.sampled_from([0.0, 0.0199, FLOOR, 0.04, 0.0401, 1.0, math.exp(100)]),
    st.floats(-9, 9).map(math.exp),
)
graphs = st.dictionaries(st.tuples(st.integers(0, 14), st.integers(0, 20)), strengths, max_size=60).map(
    lambda pairs: [(incident, call, u) for (incident, call), u in sorted(pairs.items())]
)


def components(edges: list[Edge], most: int = 10) -> list[list[int]]:
    return joint_components(
        np.array([edge[0] for edge in edges], dtype=np.int64),
        np.array([edge[1] for edge in edges], dtype=np.int64),
        np.array([edge[2] for edge in edges], dtype=np.float64),
        floor=FLOOR,
        most=most,
    ).components


def searched(edges: list[Edge], floor: float, most: int, within: set[int] | None = None) -> list[list[int]]:
    """Components over pairs from a floor, which is doubled where one would be too large."""
    strong = [edge for edge in edges if edge[2] >= floor and (within is None or edge[0] in within)]
    left = {edge[0] for edge in strong}
    found = []
    while left:
        members, frontier = set(), {min(left)}
        while frontier:
            members |= frontier
            calls = {call for incident, call, _ in strong if incident in frontier}
            frontier = {incident for incident, call, _ in strong if call in calls} - members
        left -= members
        if len(members) > most:
            found += searched(edges, floor * 2, most, members)
        elif len(members) > 1:
            found.append(sorted(members))
    return sorted(found)


@given(edges=graphs, most=st.integers(1, 12))
def test_as_a_plain_search(edges: list[Edge], most: int) -> None:
    found = components(edges, most)
    assert found == searched(edges, FLOOR, most)
    every = [incident for members in found for incident in members]
    assert len(every) == len(set(every))
    assert all(2 <= len(members) <= most for members in found)


@given(edges=graphs, most=st.integers(1, 12), seed=st.randoms(use_true_random=False))
def test_the_order_of_pairs_is_no_matter(edges: list[Edge], most: int, seed: "object") -> None:
    turned = list(edges)
    seed.shuffle(turned)  # type: ignore[attr-defined]
    assert components(turned, most) == components(edges, most)


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([], []),
        ([(0, 0, 9.0)], []),
        ([(0, 0, 9.0), (0, 1, 9.0), (1, 2, 9.0)], []),
        ([(0, 0, FLOOR), (1, 0, FLOOR)], [[0, 1]]),
        ([(0, 0, 9.0), (1, 0, 0.0199)], []),
        ([(0, 0, 9.0), (1, 0, 0.0199), (1, 1, 9.0)], []),
        ([(0, 0, 1.0), (2, 0, 1.0), (1, 1, 1.0), (3, 1, 1.0)], [[0, 2], [1, 3]]),
        ([(0, 0, 1.0), (1, 0, 1.0), (1, 1, 1.0), (2, 1, 1.0)], [[0, 1, 2]]),
    ],
)
def test_incidents_are_together_when_a_call_may_report_either(
    edges: list[Edge], expected: list[list[int]]
) -> None:
    assert components(edges) == expected


def test_a_set_that_is_too_large_falls_apart_at_its_weakest_pairs() -> None:
    """Three pairs of incidents, held together by calls of 0.05: at a floor of 0.08 they are three sets."""
    inner = [(2 * pair + side, pair, 5.0) for pair in range(3) for side in (0, 1)]
    bridges = [(1, 10, 5.0), (2, 10, 0.05), (3, 11, 0.05), (4, 11, 5.0)]
    edges = sorted(inner + bridges)
    assert components(edges, most=6) == [[0, 1, 2, 3, 4, 5]]
    assert components(edges, most=5) == [[0, 1], [2, 3], [4, 5]]
    assert components(edges, most=2) == [[0, 1], [2, 3], [4, 5]]
    assert components(edges, most=1) == []


def test_only_the_set_that_is_too_large_is_held_to_the_higher_floor() -> None:
    chain = [edge for link in range(4) for edge in ((link, link, 0.03), (link + 1, link, 0.03))]
    apart = [(7, 20, 0.03), (8, 20, 0.03)]
    assert components(sorted(chain + apart), most=3) == [[7, 8]]


@pytest.mark.parametrize("most", [1, 2, 10, 12])
@pytest.mark.parametrize("seed", range(3))
def test_a_chain_of_two_hundred_is_cut_into_parts_that_fit(most: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    strength = np.exp(random.normal(0, 3, (199, 2))).tolist()
    edges = sorted(
        edge
        for link in range(199)
        for edge in ((link, link, strength[link][0]), (link + 1, link, strength[link][1]))
    )
    found = components(edges, most)
    assert found == searched(edges, FLOOR, most)
    assert all(len(members) <= most for members in found)
    assert most == 1 or sum(len(members) for members in found) > 30


@pytest.mark.parametrize("most", [2, 10, 12])
def test_a_star_of_two_hundred_keeps_its_strongest(most: int) -> None:
    """One call in reach of all: those that it speaks for most stay together."""
    strength = np.exp(np.random.default_rng(1).normal(0, 3, 200))
    edges = [(incident, 0, float(u)) for incident, u in enumerate(strength)]
    (found,) = components(edges, most)
    assert 2 <= len(found) <= most
    assert min(strength[found]) > max(np.delete(strength, found))


@pytest.mark.parametrize("u", [FLOOR, 1.0, math.exp(100)])
def test_two_hundred_that_are_all_alike_are_each_judged_alone(u: float) -> None:
    star = [(incident, 0, u) for incident in range(200)]
    chain = sorted(edge for link in range(199) for edge in ((link, link, u), (link + 1, link, u)))
    everyone = [(incident, call, u) for incident in range(60) for call in range(60)]
    for edges in (star, chain, everyone):
        assert components(edges) == []
