"""How probable it is that an incident was reported, given its calls and the silence heard so far."""

import math

import numpy as np

from app.correlation.columns import Floats
from app.correlation.parameters import Parameters

_LARGE = 30.0


def log_support(log_evidence: Floats) -> float:
    """ln of the product of (1 + u) over the calls, given ln u, summed in the calls' order."""
    return float(np.add.reduce(np.logaddexp(0.0, log_evidence))) if len(log_evidence) else 0.0


def probability_reported(support: float, share_heard: float, parameters: Parameters) -> float:
    """P(reported): design section 4, one incident alone.

    `support` is ln Π(1 + u); `share_heard` is F, the share of the lag distribution over covered time.
    """
    exponent = parameters.expected_calls * (1 - share_heard) + support
    if exponent <= 0:
        return 0.0
    log_ratio = _log_expm1(exponent) - _log_expm1(parameters.expected_calls)
    log_odds = math.log(parameters.prior_reported / (1 - parameters.prior_reported)) + log_ratio
    return _logistic(log_odds)


def probability_of_link(log_u: float, support: float, share_heard: float, parameters: Parameters) -> float:
    """P(this call reports this incident): the part of the posterior in which this call is a report."""
    reported = probability_reported(support, share_heard, parameters)
    exponent = parameters.expected_calls * (1 - share_heard) + support
    if reported == 0.0:
        return 0.0
    share = -math.log1p(math.exp(-log_u)) if log_u > -_LARGE else log_u
    return reported * math.exp(min(exponent + share - _log_expm1(exponent), 0.0))


def _log_expm1(value: float) -> float:
    return value if value > _LARGE else math.log(math.expm1(value))


def _logistic(log_odds: float) -> float:
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    return math.exp(log_odds) / (1 + math.exp(log_odds))
