"""Groups kept flat, against the arrays that they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.correlation.groups import Groups

# Each alert's leader: the first member of its group.
leaders = st.lists(st.integers(0, 5), max_size=15).map(
    lambda labels: np.array([labels.index(label) for label in labels], dtype=np.int64)
)


@given(leader=leaders)
def test_they_are_the_arrays_that_they_stand_for(leader: np.ndarray) -> None:
    expected = [np.flatnonzero(leader == first).tolist() for first in sorted(set(leader.tolist()))]
    found = Groups.led_by(leader)
    assert len(found) == len(expected)
    assert [members.tolist() for members in found] == expected
    assert [found[place].tolist() for place in range(len(found))] == expected
    assert [found[place - len(found)].tolist() for place in range(len(found))] == expected
    assert [members.tolist() for members in found[1:]] == expected[1:]
    assert found.sizes.tolist() == [len(members) for members in expected]
    assert found.first.tolist() == [members[0] for members in expected]
    assert found.last.tolist() == [members[-1] for members in expected]
    assert found.of_member.tolist() == [number for number, each in enumerate(expected) for _ in each]
    again = Groups.of([np.array(members, dtype=np.int64) for members in expected])
    assert again.members.tolist() == found.members.tolist()
    assert again.starts.tolist() == found.starts.tolist()
    assert Groups.of(found) is found


def test_there_is_none_beyond_the_last() -> None:
    found = Groups.led_by(np.array([0, 0, 2]))
    for place in (2, -3):
        with pytest.raises(IndexError):
            found[place]
    assert list(Groups.of([])) == []
    assert list(Groups.led_by(np.empty(0, dtype=np.int64))) == []
