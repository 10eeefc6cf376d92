"""How much of each call no shooting explains: what a background is to be fitted from."""

import numpy as np

from app.correlation.association import associate
from app.correlation.background import Background
from app.correlation.columns import AlertColumns, CallColumns, Floats
from app.correlation.decisions import Constraints
from app.correlation.evidence import find_candidates
from app.correlation.grouping import group
from app.correlation.parameters import Parameters

# In whole parts of this, any order of adding gives the same sum.
_PARTS = 2.0**20


def unexplained(
    alerts: AlertColumns, calls: CallColumns, background: Background, parameters: Parameters
) -> Floats:
    """1 less the probability that a call reports some shooting, by call, shape (n,)."""
    groups = group(alerts, parameters)
    candidates = find_candidates(alerts, groups, calls, background, parameters)
    association = associate(candidates, calls, np.ones(len(groups)), Constraints(), parameters)
    explained = np.bincount(candidates.call, weights=association.links, minlength=len(calls))
    return np.asarray(np.rint((1 - np.minimum(explained, 1)) * _PARTS) / _PARTS, dtype=np.float64)
