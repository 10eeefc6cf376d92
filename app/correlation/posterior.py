"""How probable it is that an incident was reported, given its calls and the silence heard so far.

Design, section 4. An incident that was reported has at least one call. Let S be the set of incidents that
have calls of their own, a = odds(prior) / (exp(m) - 1), and

    G(S) = exp(sum over S of m (1 - F_i)) * product over calls of (1 + sum over S of u_ij)

Then the weight of S is a^|S| (1 - a)^(n - |S|) G(S), and "i was reported" has the weights of the sets with i,
less a^(|S| + 1) (1 - a)^(n - 1 - |S|) G(S) for each set without it (i counted as reported although no call of
its can be). With n = 1 this is the formula of the design; each call explains at most one incident.

Here are incidents that share no call; `loops/sets.py` goes over the sets of those that do.
"""

from functools import lru_cache

import numpy as np

from app.correlation.columns import Floats
from app.correlation.parameters import Parameters

_LARGE = 30.0


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
