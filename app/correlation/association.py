"""Which calls report which incidents: exact over incidents that share calls, in one pass over the rest."""

from dataclasses import dataclass

import numpy as np

from app.correlation.columns import Booleans, CallColumns, Floats, Integers
from app.correlation.components import joint_components
from app.correlation.decisions import Constraints
from app.correlation.evidence import Candidates
from app.correlation.parameters import Parameters
from app.correlation.posterior import joint_posterior, solo_links, solo_reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """By incident, shape (n,): P(reported) with what is heard so far, and once everything is (F = 1).

    By candidate, shape (p,): the probability that the call reports the incident, and P(reported) had the call
    not been made, now and at F = 1; NaN for calls too weak to be a link.
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
    forced = constraints.forced(len(share_heard))
    everything = np.ones(len(share_heard))
    is_link = log_u >= np.log(parameters.link_floor)
    strength: Floats = np.logaddexp(0.0, log_u)
    support = np.bincount(candidates.incident, strength, len(share_heard)).astype(np.float64)
    reported = np.where(forced, 1.0, solo_reported(support, share_heard, parameters))
    final = np.where(forced, 1.0, solo_reported(support, everything, parameters))
    own = support[candidates.incident]
    heard = share_heard[candidates.incident]
    of_forced = forced[candidates.incident]
    less = own - strength
    association = Association(
        reported=reported,
        reported_final=final,
        links=np.where(
            of_forced,
            np.exp(-np.logaddexp(0.0, -log_u)),
            solo_links(log_u, own, heard, reported[candidates.incident], parameters),
        ),
        without=np.where(is_link, np.where(of_forced, 1.0, solo_reported(less, heard, parameters)), np.nan),
        without_final=np.where(
            is_link, np.where(of_forced, 1.0, solo_reported(less, np.ones(len(less)), parameters)), np.nan
        ),
    )
    u = np.exp(log_u)
    bounds = np.searchsorted(candidates.incident, np.arange(len(share_heard) + 1))
    for members in joint_components(
        candidates.incident,
        candidates.call,
        u,
        floor=parameters.link_floor,
        most=parameters.most_joint_incidents,
    ):
        places = np.concatenate([np.arange(bounds[member], bounds[member + 1]) for member in members])
        _judge_jointly(association, candidates, u, places, np.array(members), share_heard, forced, parameters)
    return association


def _judge_jointly(
    association: Association,
    candidates: Candidates,
    u: Floats,
    places: Integers,
    members: Integers,
    share_heard: Floats,
    forced: Booleans,
    parameters: Parameters,
) -> None:
    """Replace the solitary answers of some incidents by those of their joint posterior."""
    row = np.searchsorted(members, candidates.incident[places])
    distinct, column = np.unique(candidates.call[places], return_inverse=True)
    table = np.zeros((len(members), len(distinct)))
    table[row, column] = u[places]
    wanted = table >= parameters.link_floor
    now = joint_posterior(table, share_heard[members], forced[members], wanted, parameters)
    final = joint_posterior(table, np.ones(len(members)), forced[members], wanted, parameters)
    association.reported[members] = now.reported
    association.reported_final[members] = final.reported
    association.links[places] = now.links[row, column]
    association.without[places] = now.without[row, column]
    association.without_final[places] = final.without[row, column]
