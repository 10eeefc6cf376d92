"""Figures of many measurements."""

from collections.abc import Sequence


def ms(ascending: Sequence[float], share: float) -> float:
    """The quantile of seconds in ascending order, in milliseconds; infinite where there are none."""
    if not ascending:
        return float("inf")
    return ascending[min(int(len(ascending) * share), len(ascending) - 1)] * 1e3
