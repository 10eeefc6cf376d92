"""From a body to records on their way into the store, and from there to the answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.adapters import BodyError, Parsed, Refused, Result, Skipped, parse_body
from app.core.errors import MalformedBodyError, TooLargeError
from app.domain.records import FieldProblem
from app.domain.time import to_micros
from app.domain.vocabulary import Outcome, UpdateRule
from app.intake.rows import problems_document, storable_text
from app.intake.store import UNSTORABLE, Item
from app.sources.feeds import Feed


@dataclass(slots=True)
class Batch:
    """A request's records in their order; each result is an item, a refusal or a skip."""

    is_single: bool
    results: list[Item | Refused | Skipped] = field(default_factory=list)

    @property
    def items(self) -> list[Item]:
        """The usable records."""
        return [result for result in self.results if isinstance(result, Item)]

    @property
    def refusals(self) -> list[Refused]:
        """The unusable ones."""
        return [result for result in self.results if isinstance(result, Refused)]

    def documents(self) -> list[dict[str, Any]]:
        """What is answered for each."""
        return [result_document(result) for result in self.results]


def parse_batch(feed: Feed, body: bytes, content_type: str | None, now: datetime, limit: int) -> Batch:
    """Map a body's records.

    Raises MalformedBodyError when the body cannot be read at all, TooLargeError above `limit` records.
    """
    try:
        elements, is_single = parse_body(body, feed.mapping, content_type)
    except BodyError as error:
        raise MalformedBodyError(storable_text(str(error))) from error
    if len(elements) > limit:
        raise TooLargeError(f"a request may bring at most {limit:,} records; send several")
    batch = Batch(is_single)
    for ordinal, element in enumerate(elements):
        batch.results.append(
            item_of(feed, feed.mapping.apply(element, ordinal=ordinal, line=None, now=now), now)
        )
    return batch


def item_of(feed: Feed, result: Result, now: datetime) -> Item | Refused | Skipped:
    """A mapping's result, ready for the store; a push to a snapshot source is a snapshot of now."""
    if not isinstance(result, Parsed):
        return result
    is_snapshot = feed.mapping.updates is UpdateRule.SNAPSHOT
    return Item(feed, result, to_micros(now) if is_snapshot else None)


def malformed(body: bytes, reason: str) -> Refused:
    """A body that cannot be read, as something to keep for a person to look at."""
    problem = FieldProblem(pointer="", reason=reason)
    return Refused(ordinal=0, line=None, external_id=None, errors=(problem,), raw=body)


def result_document(result: Item | Refused | Skipped) -> dict[str, Any]:
    """One record's answer."""
    if isinstance(result, Skipped):
        return _document(None, None, Outcome.SKIPPED, [], [])
    if isinstance(result, Refused):
        return _document(result.external_id, None, Outcome.REJECTED, [], problems_document(result.errors))
    warnings = problems_document(result.parsed.warnings)
    external_id = result.parsed.record.external_id
    if result.outcome is Outcome.REJECTED:
        return _document(external_id, None, result.outcome, warnings, problems_document([UNSTORABLE]))
    return _document(external_id, str(result.id), result.outcome, warnings, [])


def _document(
    external_id: str | None, identity: str | None, outcome: Outcome, warnings: Any, errors: Any
) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "id": identity,
        "status": outcome.value,
        "warnings": warnings,
        "errors": errors,
    }
