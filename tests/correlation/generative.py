"""The model of section 4 of the design, counted out literally: no formula of the posterior is used here.

Each incident was reported with the prior's probability. If it was, it has a zero-truncated Poisson number of
calls; each of them is heard by now with the share F, or comes later. A heard call lies where it lies with
density u / m relative to the background. Every call is background or reports exactly one reported incident.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from app.correlation.columns import Floats, Integers

_MOST_LATER = 60


def counted_out(
    u: Floats, heard: Sequence[float], prior: float, expected: float, confirmed: Sequence[bool] | None = None
) -> tuple[Floats, Floats]:
    """P(reported) by incident and P(call reports incident), shape (n, calls), given u of that shape.

    A `confirmed` incident is known to have one heard call besides these.
    """
    count, calls = u.shape
    known = [False] * count if confirmed is None else list(confirmed)
    reported, links, total = np.zeros(count), np.zeros((count, calls)), 0.0
    for members, owners, weights in _explanations(u, heard, prior, expected, known):
        total += weights.sum()
        for member in members:
            reported[member] += weights.sum()
            for call in range(calls):
                links[member, call] += weights[owners[:, call] == member].sum()
    return reported / total, links / total


def _explanations(
    u: Floats, heard: Sequence[float], prior: float, expected: float, confirmed: Sequence[bool]
) -> Iterator[tuple[tuple[int, ...], Integers, Floats]]:
    """For each set of reported incidents: whose report each call is (-1: nobody's), and the weights."""
    count, calls = u.shape
    for size in range(count + 1):
        for members in itertools.combinations(range(count), size):
            if any(confirmed[other] for other in set(range(count)) - set(members)):
                continue
            ways = list(itertools.product((-1, *members), repeat=calls))
            owners = np.array(ways, dtype=np.int64).reshape(len(ways), calls)
            weights = np.full(len(ways), prior**size * (1 - prior) ** (count - size))
            for member in members:
                own = owners == member
                spread = np.prod(np.where(own, u[member] / expected, 1.0), axis=1)
                number = own.sum(axis=1) + int(confirmed[member])
                by_number = [_of_number(each, heard[member], expected) for each in range(calls + 2)]
                weights = weights * spread * np.array(by_number)[number]
            yield members, owners, weights


def _of_number(now: int, heard: float, expected: float) -> float:
    """The weight of `now` heard calls, whatever the number to come, of at least one call in all.

    n calls are n! / later! ordered ways to be these heard ones and some later ones.
    """
    return sum(
        expected**number
        / math.factorial(number)
        / math.expm1(expected)
        * (math.factorial(number) / math.factorial(number - now))
        * (1 - heard) ** (number - now)
        for number in range(max(now, 1), now + _MOST_LATER)
    )
