"""Which calls report which incidents: exact over incidents that share calls, in one pass over the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.correlation.columns import Booleans, CallColumns, Floats, Integers
from app.correlation.components import joint_components
from app.correlation.decisions import Constraints
from app.correlation.evidence import Candidates
from app.correlation.parameters import Parameters
from app.correlation.posterior import joint_posterior, solo_links, solo_reported

_MOST_CELLS = 2_000_000


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
    log_u[partition.dropped], u[partition.dropped] = -np.inf, 0.0
    forced = constraints.forced(count)
    strength: Floats = np.logaddexp(0.0, log_u)
    support = np.bincount(incident, strength, count).astype(np.float64, copy=False)
    # Each incident, then each again without one of its calls.
    strong = (log_u >= np.log(parameters.link_floor)).nonzero()[0]
    asked = np.concatenate((np.arange(count), incident[strong]))
    less = support[asked]
    less[count:] -= strength[strong]
    heard, is_forced = share_heard[asked], forced[asked]
    now = np.where(is_forced, 1.0, solo_reported(less, heard, parameters))
    # Where everything is heard, this is the last word already.
    final = now if _is_everything(heard) else np.where(is_forced, 1.0, solo_reported(less, 1.0, parameters))
    reported = now[:count].copy()
    links = solo_links(log_u, support[incident], share_heard[incident], reported[incident], parameters)
    if constraints.confirmed:
        of_forced = forced[incident].nonzero()[0]
        links[of_forced] = np.exp(-np.logaddexp(0.0, -log_u[of_forced]))
    without, without_final = np.full(len(links), np.nan), np.full(len(links), np.nan)
    without[strong], without_final[strong] = now[count:], final[count:]
    association = Association(
        reported=reported,
        reported_final=final[:count].copy(),
        links=links,
        without=without,
        without_final=without_final,
    )
    for alike in _batches(partition.components, incident):
        _judge_jointly(association, candidates, u, alike, share_heard, forced, parameters)
    dropped = partition.dropped
    association.without[dropped] = association.reported[incident[dropped]]
    association.without_final[dropped] = association.reported_final[incident[dropped]]
    return association


def _is_everything(share_heard: Floats) -> bool:
    return bool((share_heard == 1.0).all())


def _batches(components: Sequence[Sequence[int]], incident: Integers) -> Iterator[Integers]:
    """Components of one size together, a row each, as many as their tables leave room for."""
    if not components:
        return
    pairs_of = np.bincount(incident)
    for size in sorted({len(members) for members in components}):
        alike = np.array([members for members in components if len(members) == size], dtype=np.int64)
        cells = np.add.reduce(pairs_of[alike], axis=1).cumsum() << size
        if cells[-1] <= _MOST_CELLS:
            yield alike
        else:
            yield from np.split(alike, np.flatnonzero(np.diff(cells // _MOST_CELLS)) + 1)


def _judge_jointly(
    association: Association,
    candidates: Candidates,
    u: Floats,
    members: Integers,
    share_heard: Floats,
    forced: Booleans,
    parameters: Parameters,
) -> None:
    """Replace solitary answers by those of the joint posteriors of components of one size, a row each."""
    component_of = np.full(len(share_heard), -1)
    row_of = np.zeros(len(share_heard), dtype=np.int64)
    component_of[members] = np.arange(len(members))[:, None]
    row_of[members] = np.arange(members.shape[1])
    of_pair = component_of[candidates.incident]
    places = (of_pair >= 0).nonzero()[0]
    row = row_of[candidates.incident[places]]
    component, column = _numbered(of_pair[places], candidates.call[places])
    table = np.zeros((members.shape[1], len(component)))
    table[row, column] = u[places]
    heard, is_forced = share_heard[members].T, forced[members].T
    now = joint_posterior(table, component, heard, is_forced, parameters)
    final = now
    if not _is_everything(heard):
        final = joint_posterior(table, component, np.ones_like(heard), is_forced, parameters)
    association.reported[members] = now.reported.T
    association.reported_final[members] = final.reported.T
    association.links[places] = now.links[row, column]
    is_link = u[places] >= parameters.link_floor
    association.without[places] = np.where(is_link, now.without[row, column], np.nan)
    association.without_final[places] = np.where(is_link, final.without[row, column], np.nan)


def _numbered(component: Integers, call: Integers) -> tuple[Integers, Integers]:
    """The distinct calls of each component by component, then call: whose each is, and each pair's number."""
    keys = component * (int(call.max()) + 1) + call
    order = keys.argsort(kind="stable")
    ordered = keys[order]
    begins = np.ones(len(keys), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    number = np.empty(len(keys), dtype=np.int64)
    number[order] = begins.cumsum() - 1
    return component[order[begins]], number
