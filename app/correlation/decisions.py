"""What analysts decided about calls, as constraints on the posterior."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.correlation.columns import AlertColumns, Booleans, Floats, Integers


@dataclass(frozen=True, slots=True)
class CallDecision:
    """An analyst's last word on whether a call reports the shooting that an alert heard."""

    alert_id: int
    call_id: int
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Constraints:
    """Decisions by incident, as they stand after grouping. A confirmation outweighs a rejection.

    `confirmed` and `rejected` are call ids by incident; `taken` are the calls confirmed for anybody, here or
    elsewhere, which therefore report nothing else.
    """

    confirmed: Mapping[int, frozenset[int]] = field(default_factory=dict)
    rejected: Mapping[int, frozenset[int]] = field(default_factory=dict)
    taken: frozenset[int] = frozenset()

    def forced(self, incidents: int) -> Booleans:
        """Which incidents have a confirmed call, shape (incidents,)."""
        forced = np.zeros(incidents, dtype=bool)
        forced[list(self.confirmed)] = True
        return forced

    def constrain(self, log_u: Floats, incident: Integers, call_id: Integers) -> Floats:
        """The evidence that is left to weigh: none for a call that is rejected or taken."""
        left = log_u.copy()
        if not self.taken and not self.rejected:
            return left
        left[np.isin(call_id, list(self.taken))] = -np.inf
        for place in np.flatnonzero(np.isin(incident, list(self.rejected))).tolist():
            if int(call_id[place]) in self.rejected[int(incident[place])]:
                left[place] = -np.inf
        return left


def constraints_of(
    decisions: Iterable[CallDecision], alerts: AlertColumns, groups: Sequence[Integers]
) -> Constraints:
    """Attach decisions, which are about alerts, to the incidents that the alerts are in."""
    listed = list(decisions)
    if not listed:
        return Constraints()
    incident_of = {
        int(alerts.id[place]): number for number, members in enumerate(groups) for place in members.tolist()
    }
    confirmed: dict[int, set[int]] = {}
    rejected: dict[int, set[int]] = {}
    for decision in listed:
        number = incident_of.get(decision.alert_id)
        if number is not None:
            (confirmed if decision.is_confirmed else rejected).setdefault(number, set()).add(decision.call_id)
    return Constraints(
        {number: frozenset(ids) for number, ids in confirmed.items()},
        {
            number: frozenset(ids - confirmed.get(number, set()))
            for number, ids in rejected.items()
            if ids - confirmed.get(number, set())
        },
        frozenset(decision.call_id for decision in listed if decision.is_confirmed),
    )
