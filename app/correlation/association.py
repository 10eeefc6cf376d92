"""Which calls report which incidents: exact over incidents that share calls, in one pass over the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np

from app.correlation.columns import Booleans, CallColumns, Floats, Integers
from app.correlation.components import joint_components
from app.correlation.decisions import Constraints
from app.correlation.evidence import Candidates
from app.correlation.parameters import Parameters
from app.correlation.posterior import solo_links, solo_reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """By incident, shape (n,): P(reported) with what is heard so far, and once everything is (F = 1).

    By candidate, shape (p,): the probability that the call reports the incident, and P(reported) had the call
    not been made, now and at F = 1; NaN for calls too weak to be a link, or decided about.
    """

    reported: Floats
    reported_final: Floats
    links: Floats
    without: Floats
    without_final: Floats


def associate(
    candidates: Candidates,
    calls: CallColumns,
    share_heard: Floats,
    constraints: Constraints,
    parameters: Parameters,
) -> Association:
    """Weigh all candidates; `share_heard` is F of each incident, shape (n,)."""
    incident, count = candidates.incident, len(share_heard)
    log_u = constraints.constrain(candidates.total, incident, calls.id[candidates.call])
    u = np.exp(log_u)
    partition = joint_components(
        incident, candidates.call, u, floor=parameters.link_floor, most=parameters.most_joint_incidents
    )
    dropped = partition.dropped
    if len(dropped):
        log_u[dropped], u[dropped] = -np.inf, 0.0
    forced = constraints.forced(count)
    is_all_heard = bool((share_heard == 1.0).all())
    if sum(map(len, partition.components)) < count:
        association = _judged_alone(incident, log_u, share_heard, forced, is_all_heard, parameters)
    else:
        association = _nothing_judged(count, len(log_u))
    if partition.components:
        _judge_jointly(
            association, candidates, u, partition.components, share_heard, forced, is_all_heard, parameters
        )
    if len(dropped):
        association.without[dropped] = association.reported[incident[dropped]]
        association.without_final[dropped] = association.reported_final[incident[dropped]]
    return association


def _nothing_judged(incidents: int, pairs: int) -> Association:
    """Room for the answers."""
    return Association(
        reported=np.full(incidents, np.nan),
        reported_final=np.full(incidents, np.nan),
        links=np.full(pairs, np.nan),
        without=np.full(pairs, np.nan),
        without_final=np.full(pairs, np.nan),
    )


def _judged_alone(
    incident: Integers,
    log_u: Floats,
    share_heard: Floats,
    forced: Booleans,
    is_all_heard: bool,
    parameters: Parameters,
) -> Association:
    """The answers for incidents that share no call; for others `_judge_jointly` replaces them."""
    count = len(share_heard)
    association = _nothing_judged(count, len(log_u))
    strength: Floats = np.logaddexp(0.0, log_u)
    support = np.bincount(incident, strength, count).astype(np.float64, copy=False)
    # Each incident, then each again without one of its calls.
    strong = (log_u >= np.log(parameters.link_floor)).nonzero()[0]
    asked = np.concatenate((np.arange(count), incident[strong]))
    less = support[asked]
    less[count:] -= strength[strong]
    now = solo_reported(less, share_heard[asked], parameters)
    # Where everything is heard, this is the last word already.
    final = now if is_all_heard else solo_reported(less, 1.0, parameters)
    now[forced[asked]] = final[forced[asked]] = 1.0
    association.reported[:], association.reported_final[:] = now[:count], final[:count]
    association.without[strong], association.without_final[strong] = now[count:], final[count:]
    reported = association.reported[incident]
    association.links[:] = solo_links(log_u, support[incident], share_heard[incident], reported, parameters)
    of_forced = forced[incident].nonzero()[0]
    association.links[of_forced] = np.exp(-np.logaddexp(0.0, -log_u[of_forced]))
    return association


def _judge_jointly(
    association: Association,
    candidates: Candidates,
    u: Floats,
    components: Sequence[Sequence[int]],
    share_heard: Floats,
    forced: Booleans,
    is_all_heard: bool,
    parameters: Parameters,
) -> None:
    """Replace solitary answers by those of the components' joint posteriors."""
    from app.correlation.loops.sets import judge_jointly  # noqa: PLC0415 - brings in the compiler

    judge_jointly(
        np.array(list(chain.from_iterable(components)), dtype=np.int64),
        np.array([0, *accumulate(map(len, components))], dtype=np.int64),
        candidates.incident,
        candidates.call,
        u,
        share_heard,
        forced,
        is_all_heard,
        float(parameters.prior_reported),
        float(parameters.expected_calls),
        float(parameters.link_floor),
        association.reported,
        association.reported_final,
        association.links,
        association.without,
        association.without_final,
    )
