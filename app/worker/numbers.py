"""Numbers that people can say: the year in the agency's zone and a count within it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, bindparam, update
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.models import NumberSeries

_SERIES: Any = NumberSeries.__table__
_TAKE = (
    update(_SERIES)
    .where(_SERIES.c.year == bindparam("of_year"))
    .values(last=_SERIES.c.last + bindparam("count", type_=Integer()))
    .returning(_SERIES.c.last)
)


def next_numbers(session: Session, started: Sequence[datetime], zone: ZoneInfo) -> list[str]:
    """A number like 2018-000123 for each new incident, in the order given; taken for good on commit."""
    years = [instant.astimezone(zone).year for instant in started]
    last = {year: _reserve(session, year, years.count(year)) for year in sorted(set(years))}
    numbers = []
    for year in years:
        last[year] += 1
        numbers.append(f"{year}-{last[year]:06d}")
    return numbers


def _reserve(session: Session, year: int, count: int) -> int:
    """Take `count` numbers of a year; the last one before them."""
    told = {"of_year": year, "count": count}
    last = session.connection().execute(_TAKE, told).scalar()
    if last is None:
        session.execute(dialect_of(session).insert_ignoring(_SERIES).values(year=year, last=0))
        last = session.connection().execute(_TAKE, told).scalar_one()
    return int(last) - count
