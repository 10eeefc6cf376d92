"""Repeats, revisions and retractions: whatever the order, the same state."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.records import AlertRecord, CallRecord, encode
from app.domain.revisions import (
    FINAL_REVISION,
    RevisionState,
    Submission,
    advance,
    number_of,
    submission_of,
)
from app.domain.time import to_micros
from app.domain.vocabulary import AlertStatus, Outcome

STARTED = datetime(2026, 7, 4, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    """A body as the feed means it: its fields are a letter, None for a bare retraction."""

    revision: int
    letter: str | None
    retracted: bool
    snapshot: bool = False

    @property
    def submission(self) -> Submission:
        # An explicit revision is part of the body, a snapshot's time is not.
        content = (self.letter, self.retracted, None if self.snapshot else self.revision)
        return Submission(
            revision=self.revision,
            fingerprint=sha256(repr(content).encode()).digest(),
            retracted=self.retracted,
            has_fields=self.letter is not None,
        )


def run(bodies: list[Sent]) -> tuple[RevisionState, str | None, list[Outcome]]:
    """The state after bodies in order, the letter whose fields hold, and the outcomes."""
    state: RevisionState | None = None
    letter = None
    outcomes = []
    for sent in bodies:
        step = advance(state, sent.submission)
        state = step.state
        letter = sent.letter if step.takes_fields else letter
        outcomes.append(step.outcome)
    assert state is not None
    return state, letter, outcomes


def settled(bodies: list[Sent]) -> tuple[int, bool, str | None]:
    state, letter, _ = run(bodies)
    return state.revision, state.retracted, letter


def active(revision: int, letter: str = "a") -> Sent:
    return Sent(revision, letter, retracted=False)


def retraction(revision: int, letter: str | None = None) -> Sent:
    return Sent(revision, letter, retracted=True)


@st.composite
def bodies(draw: st.DrawFn) -> list[Sent]:
    """Bodies of one record without a conflict: one content for each revision and status."""
    count = draw(st.integers(1, 7))
    content: dict[tuple[int, bool], str] = {}
    sent = []
    snapshot = draw(st.booleans())
    for _ in range(count):
        revision = draw(st.one_of(st.integers(0, 4), st.just(FINAL_REVISION)))
        retracted = draw(st.booleans())
        letter = content.setdefault((revision, retracted), draw(st.sampled_from("abc")))
        bare = retracted and draw(st.booleans())
        sent.append(Sent(revision, None if bare else letter, retracted, snapshot))
    sent += draw(st.lists(st.sampled_from(sent), max_size=3))
    return sent


@settings(max_examples=500)
@given(data=st.data(), sent=bodies())
def test_every_order_leads_to_the_same_state(data: st.DataObject, sent: list[Sent]) -> None:
    shuffled = data.draw(st.permutations(sent))
    assert settled(shuffled) == settled(sent)


@given(sent=bodies())
def test_the_greatest_revision_decides(sent: list[Sent]) -> None:
    state, letter, _ = run(sent)
    top = max(sent, key=lambda body: (body.revision, body.retracted))
    assert (state.revision, state.retracted) == (top.revision, top.retracted)
    told = [body for body in sent if body.letter is not None]
    if told:
        assert letter == max(told, key=lambda body: (body.revision, body.retracted)).letter
    assert (state.fields_revision is None) == (not told)


@given(sent=bodies())
def test_a_repeat_of_everything_changes_nothing(sent: list[Sent]) -> None:
    once, _, _ = run(sent)
    state: RevisionState | None = once
    for body in sent:
        step = advance(state, body.submission)
        assert not step.takes_fields
        state = step.state
    assert (state.revision, state.retracted, state.fields_revision) == (
        once.revision,
        once.retracted,
        once.fields_revision,
    )


def test_new_then_the_same_again() -> None:
    _, letter, outcomes = run([active(1), active(1)])
    assert (letter, outcomes) == ("a", [Outcome.ACCEPTED, Outcome.DUPLICATE])


def test_a_revision_and_one_that_comes_late() -> None:
    state, letter, outcomes = run([active(1), active(3, "c"), active(2, "b")])
    assert (state.revision, letter) == (3, "c")
    assert outcomes == [Outcome.ACCEPTED, Outcome.REVISED, Outcome.STALE]


def test_another_body_at_the_same_revision_is_a_conflict_and_not_applied() -> None:
    state, letter, outcomes = run([active(0, "a"), active(0, "b")])
    assert (letter, outcomes[-1]) == ("a", Outcome.CONFLICT)
    assert state.fingerprint == active(0, "a").submission.fingerprint


def test_a_tombstone_waits_for_its_alert() -> None:
    state, letter, outcomes = run([retraction(5)])
    assert state.fields_revision is None
    state, letter, outcomes = run([retraction(5), active(1, "a"), active(2, "b"), active(1, "a")])
    assert (state.retracted, state.revision, state.fields_revision, letter) == (True, 5, 2, "b")
    assert outcomes == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REVISED, Outcome.STALE]


def test_at_equal_revision_the_retraction_wins_from_either_side() -> None:
    assert settled([active(2), retraction(2)]) == (2, True, "a")
    assert settled([retraction(2), active(2)]) == (2, True, "a")


def test_a_later_revision_takes_a_retraction_back() -> None:
    assert settled([active(1), retraction(2), active(3, "c")]) == (3, False, "c")


def test_between_equal_revisions_the_retractions_own_fields_hold_below_a_bare_one() -> None:
    orders = (
        [active(2, "a"), retraction(3), retraction(2, "b")],
        [retraction(2, "b"), retraction(3), active(2, "a")],
        [retraction(2), active(2, "a"), retraction(2, "b")],
    )
    assert {settled(order)[2] for order in orders} == {"b"}


def alert(**fields: object) -> AlertRecord:
    return AlertRecord(**{"external_id": "A", "started_at": STARTED, **fields})  # type: ignore[arg-type]


def submitted(record: AlertRecord | CallRecord, snapshot: int | None = None) -> Submission:
    return submission_of(record, encode(record), snapshot_at_micros=snapshot)


def test_what_revises_a_record() -> None:
    assert number_of(submitted(alert(revision=7, revised_at=STARTED)).revision) == 7
    assert submitted(alert(revised_at=STARTED)).revision == to_micros(STARTED)
    assert submitted(alert(), snapshot=99).revision == 99
    assert number_of(submitted(alert(revision=7), snapshot=99).revision) == 7
    assert submitted(alert()).revision == 0
    assert submitted(CallRecord(external_id="C", received_at=STARTED)).revision == 0


def test_an_unrevised_retraction_is_final() -> None:
    bare = AlertRecord(external_id="A", started_at=None, status=AlertStatus.RETRACTED)
    told = submitted(bare)
    assert (told.revision, told.retracted, told.has_fields) == (FINAL_REVISION, True, False)
    full = submitted(alert(status=AlertStatus.RETRACTED))
    assert (full.revision, full.retracted, full.has_fields) == (FINAL_REVISION, True, True)
    stands = advance(advance(None, submitted(alert(revision=9))).state, told).state
    assert advance(stands, submitted(alert(revision=10))).state.retracted


def test_a_snapshot_of_the_same_content_is_a_repeat_and_dates_it_anew() -> None:
    first = advance(None, submitted(alert(), snapshot=10)).state
    again = advance(first, submitted(alert(), snapshot=20))
    assert (again.outcome, again.state) == (
        Outcome.DUPLICATE,
        replace(first, revision=20, fields_revision=20),
    )
    assert advance(again.state, submitted(alert(rounds=3), snapshot=15)).outcome is Outcome.STALE
