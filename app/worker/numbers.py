"""Numbers that people can say: the year in the agency's zone and a count within it."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.models import NumberSeries


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
    dialect = dialect_of(session)
    session.execute(dialect.insert_ignoring(NumberSeries.__table__).values(year=year, last=0))
    statement = select(NumberSeries.last).where(NumberSeries.year == year)
    before = session.scalar(dialect.lock_rows(statement)) or 0
    session.execute(
        update(NumberSeries).where(NumberSeries.year == year).values(last=before + count),
        execution_options={"synchronize_session": False},
    )
    return before
