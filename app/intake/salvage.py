"""Storing what the database refused as a whole: a bad record fails alone, and is kept as a reject."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from app.adapters import Refused
from app.core.logs import cause_of, logger
from app.domain.vocabulary import Outcome
from app.intake.store import UNSTORABLE, Item, store_items

REFUSALS = (DatabaseError, ValueError, OverflowError, TypeError, KeyError)
_log = logger(__name__)


def salvage(session: Session, items: Sequence[Item], *, now: datetime, pushed: bool) -> list[Refused]:
    """Store in the caller's transaction what can be stored; what cannot is REJECTED, and is the answer.

    Halves are tried, and their halves where they fail, so that one bad record among thousands costs some
    dozen savepoints. Raises OperationalError, which is the database's trouble and no record's.
    """
    if not items:
        return []
    try:
        with session.begin_nested():
            store_items(session, items, now=now, pushed=pushed)
    except OperationalError:
        raise
    except REFUSALS as error:
        if len(items) > 1:
            middle = len(items) // 2
            first = salvage(session, items[:middle], now=now, pushed=pushed)
            return first + salvage(session, items[middle:], now=now, pushed=pushed)
        _log.error("record_not_stored", source=items[0].feed.name, error=cause_of(error))
        items[0].outcome = Outcome.REJECTED
        return [_refusal_of(items[0])]
    return []


def _refusal_of(item: Item) -> Refused:
    return Refused(
        ordinal=item.parsed.ordinal,
        line=item.parsed.line,
        external_id=item.parsed.record.external_id,
        errors=(UNSTORABLE,),
        raw=orjson.dumps(dict(item.parsed.raw), default=str),
    )
