"""Alerts and calls as parallel arrays, in the one order that every sum follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
NO_NAME = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertColumns:
    """n alerts by time, then key. Times in microseconds since 1970, clock offsets removed; NaN is unknown.

    `name_key` stands for the vendor's own id (`key_of_name`).
    """

    id: Integers
    name_key: Integers
    started_micros: Integers
    longitude: Floats
    latitude: Floats
    uncertainty_m: Floats
    clock_error_s: Floats
    is_active: Booleans

    def __len__(self) -> int:
        return len(self.id)

    def take(self, indices: Integers) -> "AlertColumns":
        """The alerts at some places, in that order."""
        return AlertColumns(**{name: getattr(self, name)[indices] for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallColumns:
    """n calls by time, then key. `nature` indexes `parameters.NATURES`.

    `names_alert_key` stands for the vendor's id of the alert that a record says it is of; NO_NAME: none.
    """

    id: Integers
    names_alert_key: Integers
    received_micros: Integers
    longitude: Floats
    latitude: Floats
    uncertainty_m: Floats
    clock_error_s: Floats
    nature: Integers
    counts_as_report: Booleans
    is_sensor: Booleans

    def __len__(self) -> int:
        return len(self.id)

    def between(self, begin: int, end: int) -> "CallColumns":
        """Views of the calls in [begin, end): nothing is copied."""
        return CallColumns(**{name: getattr(self, name)[begin:end] for name in self.__slots__})

    def take(self, indices: Integers | Booleans) -> "CallColumns":
        """The calls at some places, in that order."""
        return CallColumns(**{name: getattr(self, name)[indices] for name in self.__slots__})


def key_of_name(name: str | None) -> int:
    """A number from 0 for a vendor's id, the same everywhere; NO_NAME for none.

    63 bits of BLAKE2: among a billion ids the chance that any two agree by accident is about 5 %, and two
    would have to lie within the same hour to matter.
    """
    if not name:
        return NO_NAME
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 1


def canonical_order(times: Integers, keys: Sequence[tuple[str, str]]) -> Integers:
    """Indices that sort by time, equal times by (source, external id): never by arrival."""
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    ties = np.flatnonzero(np.diff(ordered) == 0)
    if len(ties) == 0:
        return np.asarray(order, dtype=np.int64)
    starts = ties[np.concatenate(([True], np.diff(ties) > 1))]
    for start in starts.tolist():
        end = int(np.searchsorted(ordered, ordered[start], side="right"))
        order[start:end] = sorted(order[start:end].tolist(), key=keys.__getitem__)
    return np.asarray(order, dtype=np.int64)
