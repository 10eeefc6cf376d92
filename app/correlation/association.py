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
    call_id = calls.id[candidates.call]
    log_u = constraints.constrain(candidates.total, candidates.incident, call_id)
    partition = joint_components(
        candidates.incident,
        candidates.call,
        np.exp(log_u),
        floor=parameters.link_floor,
        most=parameters.most_joint_incidents,
    )
    log_u[partition.dropped] = -np.inf
    forced = constraints.forced(len(share_heard))
    everything = np.ones(len(share_heard))
    strength: Floats = np.logaddexp(0.0, log_u)
    support = np.bincount(candidates.incident, strength, len(share_heard)).astype(np.float64)
    reported = np.where(forced, 1.0, solo_reported(support, share_heard, parameters))
    final = np.where(forced, 1.0, solo_reported(support, everything, parameters))
    own, heard = support[candidates.incident], share_heard[candidates.incident]
    links = solo_links(log_u, own, heard, reported[candidates.incident], parameters)
    of_forced = np.flatnonzero(forced[candidates.incident])
    links[of_forced] = np.exp(-np.logaddexp(0.0, -log_u[of_forced]))
    strong = np.flatnonzero(log_u >= np.log(parameters.link_floor))
    without, without_final = np.full(len(links), np.nan), np.full(len(links), np.nan)
    less = own[strong] - strength[strong]
    is_forced = forced[candidates.incident[strong]]
    without[strong] = np.where(is_forced, 1.0, solo_reported(less, heard[strong], parameters))
    without_final[strong] = np.where(is_forced, 1.0, solo_reported(less, np.ones(len(less)), parameters))
    association = Association(
        reported=reported,
        reported_final=final,
        links=links,
        without=without,
        without_final=without_final,
    )
    u = np.exp(log_u)
    for alike in _batches(partition.components, candidates.incident):
        _judge_jointly(association, candidates, u, alike, share_heard, forced, parameters)
    association.without[partition.dropped] = reported[candidates.incident[partition.dropped]]
    association.without_final[partition.dropped] = final[candidates.incident[partition.dropped]]
    return association


def _batches(components: Sequence[Sequence[int]], incident: Integers) -> Iterator[Integers]:
    """Components of one size together, a row each, as many as their tables leave room for."""
    pairs_of = np.bincount(incident)
    for size in sorted({len(members) for members in components}):
        alike = np.array([members for members in components if len(members) == size], dtype=np.int64)
        cells = np.add.reduce(pairs_of[alike], axis=1) << size
        yield from np.split(alike, np.flatnonzero(np.diff(np.cumsum(cells) // _MOST_CELLS)) + 1)


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
    places = np.flatnonzero(component_of[candidates.incident] >= 0)
    row = row_of[candidates.incident[places]]
    # One number for a call of a component; they sort by component, then call.
    width = int(candidates.call[places].max()) + 1
    names, column = np.unique(
        component_of[candidates.incident[places]] * width + candidates.call[places], return_inverse=True
    )
    table = np.zeros((members.shape[1], len(names)))
    table[row, column] = u[places]
    everything = np.ones_like(share_heard)
    now, final = (
        joint_posterior(table, names // width, heard[members].T, forced[members].T, parameters)
        for heard in (share_heard, everything)
    )
    association.reported[members] = now.reported.T
    association.reported_final[members] = final.reported.T
    association.links[places] = now.links[row, column]
    is_link = u[places] >= parameters.link_floor
    association.without[places] = np.where(is_link, now.without[row, column], np.nan)
    association.without_final[places] = np.where(is_link, final.without[row, column], np.nan)
