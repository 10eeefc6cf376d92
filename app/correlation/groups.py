"""Incidents as groups of alerts, kept flat: a year of them is two arrays, not fifty thousand."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np

from app.correlation.columns import Integers


class Groups(Sequence[Integers]):
    """Each group's indices into the alerts; group i is `members[starts[i]:starts[i + 1]]`."""

    def __init__(self, members: Integers, starts: Integers) -> None:
        self.members = members
        self.starts = starts

    @classmethod
    def of(cls, groups: "Sequence[Integers]") -> "Groups":
        """Groups from a sequence of arrays; itself when it is that already."""
        if isinstance(groups, cls):
            return groups
        sizes = np.array([len(members) for members in groups], dtype=np.int64)
        members = np.concatenate([*groups, np.empty(0, dtype=np.int64)])
        return cls(members, np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes))))

    @classmethod
    def led_by(cls, leader: Integers) -> "Groups":
        """Groups by the first member of each alert's group, in the order of those."""
        members = leader.argsort(kind="stable")
        ordered = leader[members]
        cuts = (ordered[1:] != ordered[:-1]).nonzero()[0] + 1
        ends = [0, len(leader)] if len(leader) else [0]
        return cls(members, np.concatenate((ends[:1], cuts, ends[1:])).astype(np.int64))

    @cached_property
    def sizes(self) -> Integers:
        """How many alerts each group has."""
        return self.starts[1:] - self.starts[:-1]

    @property
    def are_single(self) -> bool:
        """Whether every group is one alert, as most are."""
        return len(self.members) == len(self)

    @cached_property
    def first(self) -> Integers:
        """Each group's first member."""
        return self.members[self.starts[:-1]]

    @cached_property
    def last(self) -> Integers:
        """Each group's last member."""
        return self.members[self.starts[1:] - 1]

    @cached_property
    def of_member(self) -> Integers:
        """Which group each of `members` is in."""
        return np.arange(len(self)).repeat(self.sizes)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, place: int) -> Integers: ...
    @overload
    def __getitem__(self, place: slice) -> "Groups": ...
    def __getitem__(self, place: int | slice) -> "Integers | Groups":
        if isinstance(place, slice):
            first, last, step = place.indices(len(self))
            if step != 1:
                return Groups.of([self[each] for each in range(first, last, step)])
            starts = self.starts[first : max(first, last) + 1]
            return Groups(self.members[starts[0] : starts[-1]], starts - starts[0])
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        number = place % len(self)
        return self.members[self.starts[number] : self.starts[number + 1]]

    def __iter__(self) -> Iterator[Integers]:
        return iter(np.split(self.members, self.starts[1:-1]) if len(self) else ())
