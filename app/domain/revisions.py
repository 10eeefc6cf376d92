"""What a repeated, revised, late or retracted record means: a pure step from state to state.

The state after any order of the same submissions is the same: the fields are those of the greatest
revision that carried fields, the status that of the greatest revision, where a retraction wins a tie.
Only an unrevised conflict depends on order, because nothing says which of two bodies is right.
"""

from dataclasses import dataclass, replace

from app.domain.records import AlertRecord, Record, fingerprint
from app.domain.time import to_micros
from app.domain.vocabulary import AlertStatus, Outcome

FINAL_REVISION = 2**62
# Numbers of the feed's own stand above dates: whoever counts revisions means them, and a snapshot's date is
# no reason to pass over a later retraction. Dates are microseconds since 1970, far below.
_NUMBERED = 2**61
_LARGEST_NUMBER = 2**60


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One body about a record. `revision` is the feed's, or the snapshot's time, or 0."""

    revision: int
    fingerprint: bytes
    retracted: bool = False
    has_fields: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionState:
    """Where a stored record stands.

    `fields_revision` is the revision of the body that the fields are from, or, where that body was a
    retraction, its bitwise complement (negative); None for a tombstone.
    """

    revision: int
    fingerprint: bytes
    retracted: bool
    fields_revision: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a submission did: its outcome, the state after it, and whether its fields are to be taken."""

    outcome: Outcome
    state: RevisionState
    takes_fields: bool


def submission_of(record: Record, encoded: bytes, *, snapshot_at_micros: int | None) -> Submission:
    """A record, with its encoding, as a submission; an unrevised one is dated by its snapshot, if any.

    A retraction without any revision is final: it names the alert, not one version of it, and which
    version was current when it came must not matter.
    """
    retracted = isinstance(record, AlertRecord) and record.status is AlertStatus.RETRACTED
    if record.revision is not None:
        revision = _NUMBERED + min(record.revision, _LARGEST_NUMBER)
    elif record.revised_at is not None:
        revision = to_micros(record.revised_at)
    elif snapshot_at_micros is not None:
        revision = snapshot_at_micros
    else:
        revision = FINAL_REVISION if retracted else 0
    return Submission(
        revision=revision,
        fingerprint=fingerprint(encoded),
        retracted=retracted,
        has_fields=not (isinstance(record, AlertRecord) and record.is_bare_retraction),
    )


def number_of(revision: int) -> int | None:
    """The feed's own number of a stored revision; None where it gave a date or nothing."""
    return revision - _NUMBERED if _NUMBERED <= revision < FINAL_REVISION else None


def advance(state: RevisionState | None, submission: Submission) -> Step:
    """Apply one submission to a record's state (None: never seen)."""
    if state is None:
        fresh = RevisionState(
            revision=submission.revision,
            fingerprint=submission.fingerprint,
            retracted=submission.retracted,
            fields_revision=_fields_revision(submission, submission.revision, None),
        )
        return Step(outcome=Outcome.ACCEPTED, state=fresh, takes_fields=submission.has_fields)
    if submission.fingerprint == state.fingerprint:
        later = max(state.revision, submission.revision)
        fields_revision = _fields_revision(submission, later, state.fields_revision)
        kept = replace(state, revision=later, fields_revision=fields_revision)
        return Step(outcome=Outcome.DUPLICATE, state=kept, takes_fields=False)
    if _wins(state, submission):
        return _take_over(state, submission)
    if submission.has_fields and _fills(state, submission):
        fields_revision = _fields_revision(submission, submission.revision, state.fields_revision)
        filled = replace(state, fields_revision=fields_revision)
        outcome = Outcome.ACCEPTED if state.fields_revision is None else Outcome.REVISED
        return Step(outcome=outcome, state=filled, takes_fields=True)
    rivals = submission.revision == state.revision and submission.retracted == state.retracted
    outcome = Outcome.CONFLICT if rivals else Outcome.STALE
    return Step(outcome=outcome, state=state, takes_fields=False)


def _wins(state: RevisionState, submission: Submission) -> bool:
    if submission.revision != state.revision:
        return submission.revision > state.revision
    return submission.retracted and not state.retracted


def _fills(state: RevisionState, submission: Submission) -> bool:
    """A bare retraction is on top: the record's fields come from the best body below it."""
    if state.fields_revision is None:
        return True
    from_retraction = state.fields_revision < 0
    revision = ~state.fields_revision if from_retraction else state.fields_revision
    return (revision, from_retraction) < (submission.revision, submission.retracted)


def _fields_revision(submission: Submission, revision: int, otherwise: int | None) -> int | None:
    if not submission.has_fields:
        return otherwise
    return ~revision if submission.retracted else revision


def _take_over(state: RevisionState, submission: Submission) -> Step:
    return Step(
        outcome=Outcome.REVISED,
        state=RevisionState(
            revision=submission.revision,
            fingerprint=submission.fingerprint,
            retracted=submission.retracted,
            fields_revision=_fields_revision(submission, submission.revision, state.fields_revision),
        ),
        takes_fields=submission.has_fields,
    )
