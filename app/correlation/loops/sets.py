"""The joint posterior: a sum over all sets of incidents that may have been reported (see `posterior.py`).

A set is a number: bit i of it says whether incident i is in.
"""

import math

import numpy as np

from app.correlation.columns import Booleans, Floats, Integers
from app.correlation.loops.compiled import compiled


@compiled
def _powers(base: float, count: int) -> Floats:
    """Whole powers from 0 to `count` by repeated multiplication: the same bits on every machine."""
    powers = np.ones(count + 1)
    for exponent in range(count):
        powers[exponent + 1] = powers[exponent] * base
    return powers


@compiled
def _prior_weights(count: int, prior: float, expected_calls: float) -> tuple[Floats, Floats]:
    """The prior weight of a set by its size, and what of it "i was reported" loses where i is not in it."""
    share = prior / (1 - prior) / math.expm1(expected_calls)
    ins, outs = _powers(share, count + 1), _powers(1 - share, count)
    weights, lost = np.empty(count + 1), np.empty(count + 1)
    for size in range(count + 1):
        weights[size] = ins[size] * outs[count - size]
        lost[size] = ins[size + 1] * outs[max(count - 1 - size, 0)]
    return weights, lost


@compiled
def _subset_sums(values: Floats) -> Floats:
    """The sum of the values in each set."""
    sums = np.zeros(1 << len(values))
    for place in range(len(values)):
        for number in range(1 << place):
            sums[number + (1 << place)] = sums[number] + values[place]
    return sums


@compiled
def _weigh(reported: Floats, log_weights: Floats, weights: Floats, lost: Floats, sizes: Integers) -> Floats:
    """Set P(reported) of each incident by the weights of the sets, and give the shares of the sets.

    `weights` and `lost` are by size, `sizes` by set.
    """
    largest = -math.inf
    for number in range(len(log_weights)):
        largest = max(largest, log_weights[number])
    shares, missed = np.empty(len(log_weights)), np.zeros(len(reported))
    reported[:], total = 0.0, 0.0
    for number in range(len(log_weights)):
        scaled = math.exp(log_weights[number] - largest)
        shares[number] = weights[sizes[number]] * scaled
        total += shares[number]
        for incident in range(len(reported)):
            if number >> incident & 1:
                reported[incident] += shares[number]
            else:
                missed[incident] += lost[sizes[number]] * scaled
    for incident in range(len(reported)):
        reported[incident] = min(max((reported[incident] - missed[incident]) / total, 0.0), 1.0)
    for number in range(len(shares)):
        shares[number] /= total
    return shares


@compiled
def joint_posterior(
    u: Floats, share_heard: Floats, forced: Booleans, prior: float, expected_calls: float
) -> tuple[Floats, Floats, Floats]:
    """P(reported) of n incidents; P(this call reports it) and P(reported) without the call, (calls, n) both.

    `u` has the shape (calls, n), `share_heard` and `forced` (n,). `forced` incidents have a confirmed call
    besides these. Every sum runs in the order of the calls and of the sets.
    """
    calls, count = u.shape
    weights, lost = _prior_weights(count, prior, expected_calls)
    log_weights = _subset_sums(expected_calls * (1 - share_heard))
    sizes = np.zeros(len(log_weights), dtype=np.int64)
    for number in range(len(log_weights)):
        sizes[number] = sizes[number >> 1] + (number & 1)
        for incident in range(count):
            if forced[incident] and not number >> incident & 1:
                log_weights[number] = -math.inf
    sums, log_shares = np.empty((calls, len(sizes))), np.empty((calls, len(sizes)))
    for call in range(calls):
        sums[call] = _subset_sums(u[call])
        for number in range(len(sizes)):
            log_shares[call, number] = math.log1p(sums[call, number])
            log_weights[number] += log_shares[call, number]
    reported, links, without = np.empty(count), np.zeros((calls, count)), np.empty((calls, count))
    shares = _weigh(reported, log_weights, weights, lost, sizes)
    for call in range(calls):
        for number in range(len(sizes)):
            explained = shares[number] / (1 + sums[call, number])
            for incident in range(count):
                if number >> incident & 1:
                    links[call, incident] += u[call, incident] * explained
        for incident in range(count):
            links[call, incident] = min(links[call, incident], 1.0)
        _weigh(without[call], log_weights - log_shares[call], weights, lost, sizes)
    return reported, links, without


@compiled
def _table(members: Integers, bounds: Integers, call: Integers, u: Floats, column: Integers) -> Floats:
    """u of a component by call, in order, and incident; sets each pair's `column`: its call's number."""
    at, end = bounds[members], bounds[members + 1]
    table, columns = np.zeros((np.sum(end - at), len(members))), 0
    while True:
        least = -1
        for row in range(len(members)):
            if at[row] < end[row] and (least < 0 or call[at[row]] < least):
                least = call[at[row]]
        if least < 0:
            return table[:columns]
        for row in range(len(members)):
            if at[row] < end[row] and call[at[row]] == least:
                table[columns, row], column[at[row]] = u[at[row]], columns
                at[row] += 1
        columns += 1


@compiled
def judge_jointly(
    members: Integers,
    starts: Integers,
    incident: Integers,
    call: Integers,
    u: Floats,
    share_heard: Floats,
    forced: Booleans,
    is_all_heard: bool,
    prior: float,
    expected_calls: float,
    link_floor: float,
    reported: Floats,
    reported_final: Floats,
    links: Floats,
    without: Floats,
    without_final: Floats,
) -> None:
    """Set the last five, those of an Association, for incidents in components; pairs by incident, then call.

    Component i is `members[starts[i]:starts[i + 1]]`. A pair weaker than the floor is no link.
    """
    bounds, column = np.zeros(len(share_heard) + 1, dtype=np.int64), np.empty(len(call), dtype=np.int64)
    for pair in range(len(call)):
        bounds[incident[pair] + 1] = pair + 1
    for place in range(len(share_heard)):
        bounds[place + 1] = max(bounds[place], bounds[place + 1])
    for number in range(len(starts) - 1):
        own = members[starts[number] : starts[number + 1]]
        table = _table(own, bounds, call, u, column)
        now = joint_posterior(table, share_heard[own], forced[own], prior, expected_calls)
        final = now
        if not is_all_heard:
            final = joint_posterior(table, np.ones(len(own)), forced[own], prior, expected_calls)
        for row in range(len(own)):
            reported[own[row]], reported_final[own[row]] = now[0][row], final[0][row]
            for pair in range(bounds[own[row]], bounds[own[row] + 1]):
                is_link = u[pair] >= link_floor
                links[pair] = now[1][column[pair], row]
                without[pair] = now[2][column[pair], row] if is_link else math.nan
                without_final[pair] = final[2][column[pair], row] if is_link else math.nan
