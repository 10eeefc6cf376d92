"""How probable it is that an incident was reported, given its calls and the silence heard so far.

Design, section 4. An incident that was reported has at least one call. Let S be the set of incidents that
have calls of their own, a = odds(prior) / (exp(m) - 1), and

    G(S) = exp(sum over S of m (1 - F_i)) * product over calls of (1 + sum over S of u_ij)

Then the weight of S is a^|S| (1 - a)^(n - |S|) G(S), and "i was reported" has the weights of the sets with i,
less a^(|S| + 1) (1 - a)^(n - 1 - |S|) G(S) for each set without it (i counted as reported although no call of
its can be). With n = 1 this is the formula of the design; each call explains at most one incident.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.correlation.columns import Booleans, Floats, Integers
from app.correlation.parameters import Parameters

_LARGE = 30.0
# From here on adding whole rows is quicker than a running sum down each column.
_MANY_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class Posterior:
    """P(reported) by incident, shape (n, components); P(this call reports it), shape (n, calls).

    `without` is P(reported) had the call never been made, same shape as `links`.
    """

    reported: Floats
    links: Floats
    without: Floats


def solo_reported(support: Floats, share_heard: Floats | float, parameters: Parameters) -> Floats:
    """P(reported) of incidents that share no call; elementwise.

    `support` is ln of the product of (1 + u) over the calls; `share_heard` is F, the share of the lag
    distribution over covered time.
    """
    exponent = parameters.expected_calls * (1 - share_heard) + support
    odds = parameters.prior_reported / (1 - parameters.prior_reported)
    return _logistic(np.log(odds) + _log_expm1(exponent) - _log_expm1_of(parameters.expected_calls))


def solo_links(
    log_u: Floats, support: Floats, share_heard: Floats, reported: Floats, parameters: Parameters
) -> Floats:
    """P(this call reports its incident): the part of the posterior in which it is a report; elementwise."""
    exponent = parameters.expected_calls * (1 - share_heard) + support
    share = -np.logaddexp(0.0, -log_u)
    with np.errstate(invalid="ignore"):
        part = np.exp(np.minimum(exponent + share - _log_expm1(exponent), 0.0))
    return np.where(exponent > 0, reported * part, 0.0)


def joint_posterior(
    u: Floats, component: Integers, share_heard: Floats, forced: Booleans, parameters: Parameters
) -> Posterior:
    """Enumerate which incidents were reported, for many components of n incidents each, n at most 10.

    `u` has the shape (n, calls), a column for each call of each component, in the order of `component`, which
    says whose it is (0, 1, …); `share_heard` and `forced` have the shape (n, components). `forced` incidents
    have a confirmed call besides these. Every sum runs in the order of the calls and of the sets, so a
    component has the same bits alone and among others.
    """
    count, components = share_heard.shape
    sets = _sets_of(count, parameters.prior_reported, parameters.expected_calls)
    sums = _subset_sums(u)
    log_shares = np.log1p(sums)
    log_weight = _subset_sums(parameters.expected_calls * (1 - share_heard))
    log_weight += _sum_by(component, log_shares, components)
    if forced.any():
        for incident in range(count):
            log_weight[np.ix_(sets.without[incident], forced[incident])] = -np.inf
    # A column for each component, then one for each call, as if it had not been made.
    log_weights = np.concatenate((log_weight, log_weight[:, component] - log_shares), axis=1)
    reported, weights, total = _reported(log_weights, sets)
    explained = weights[:, component] / (1 + sums)
    links = u * _totals(explained, sets.including) / total[component]
    reported, links = (np.minimum(np.maximum(each, 0.0), 1.0) for each in (reported, links))
    return Posterior(reported[:, :components], links, reported[:, components:])


@dataclass(frozen=True, slots=True)
class _Sets:
    """The sets of n incidents, by number: bit i of it says whether incident i is in.

    `including` and `without` are the numbers of the sets with and without each incident, of the shape
    (n, 2^(n-1)); `prior` is a set's prior weight, `lost` what of it "i was reported" loses, both (2^n, 1).
    """

    including: Integers
    without: Integers
    prior: Floats
    lost: Floats


@lru_cache(maxsize=256)
def _sets_of(count: int, prior_reported: float, expected_calls: float) -> _Sets:
    members = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1 == 1
    share = prior_reported / (1 - prior_reported) / np.expm1(expected_calls)
    size = np.add.reduce(members, axis=1, dtype=np.int64)[:, None]
    return _Sets(
        including=np.stack([np.flatnonzero(inside) for inside in members.T]),
        without=np.stack([np.flatnonzero(~inside) for inside in members.T]),
        prior=_power(share, size) * _power(1 - share, count - size),
        lost=_power(share, size + 1) * _power(1 - share, np.maximum(count - 1 - size, 0)),
    )


def _reported(log_weight: Floats, sets: _Sets) -> tuple[Floats, Floats, Floats]:
    """P(reported) by incident from the sets' weights (a row a set); those weights scaled, and their sum."""
    scaled = np.exp(log_weight - log_weight.max(axis=0))
    weights, lost = sets.prior * scaled, sets.lost * scaled
    total = _total(weights)
    reported = (_totals(weights, sets.including) - _totals(lost, sets.without)) / total
    return reported, weights, total


def _sum_by(component: Integers, values: Floats, components: int) -> Floats:
    """The sums of the columns of each component, shape (rows, components), in the order of the columns."""
    rows = len(values)
    place = np.arange(0, rows * components, components)[:, None] + component
    sums = np.bincount(place.ravel(), values.ravel(), rows * components).astype(np.float64, copy=False)
    return sums.reshape(rows, components)


def _totals(rows: Floats, places: Integers) -> Floats:
    """The sum of some rows for each row of places, one after the other, shape (len(places), columns)."""
    if rows.shape[1] < _MANY_COLUMNS:
        return np.asarray(rows[places].cumsum(axis=1)[:, -1])
    return np.stack([_total(rows[chosen]) for chosen in places])


def _total(rows: Floats) -> Floats:
    """The sum of the rows, one after the other: NumPy's own order depends on how many columns there are."""
    if rows.shape[1] < _MANY_COLUMNS:
        return np.asarray(rows.cumsum(axis=0)[-1])
    total: Floats = rows[0].copy()
    for row in rows[1:]:
        total += row
    return total


def _subset_sums(values: Floats) -> Floats:
    """The sum of the rows in each set, shape (2^n, columns): one row more doubles the table."""
    count, columns = values.shape
    sums = np.zeros((1 << count, columns))
    for place, row in enumerate(values):
        np.add(sums[: 1 << place], row, out=sums[1 << place : 2 << place])
    return sums


def _power(base: float, exponents: Integers) -> Floats:
    """Whole powers by repeated multiplication: the same bits on every machine."""
    table = np.cumprod(np.concatenate(([1.0], np.full(int(exponents.max(initial=0)), base))))
    return np.asarray(table[exponents], dtype=np.float64)


def _log_expm1(values: Floats) -> Floats:
    """ln(exp(x) - 1); -inf at and below 0."""
    with np.errstate(divide="ignore"):
        small = np.log(np.expm1(np.minimum(np.maximum(values, 0.0), _LARGE)))
    return np.where(values > _LARGE, values, small)


@lru_cache(maxsize=64)
def _log_expm1_of(value: float) -> float:
    return float(_log_expm1(np.array(value)))


def _logistic(log_odds: Floats) -> Floats:
    shrunk = np.exp(-np.abs(log_odds))
    return np.asarray(np.where(log_odds >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk)), dtype=np.float64)
