"""The groups that incidents are counted in: their names, their order, and which of them there are. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.time import EPOCH, to_micros
from app.domain.vocabulary import Classification
from app.insight.questions import By

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
ROUNDS = ((1, "1"), (2, "2 to 4"), (5, "5 to 9"), (10, "10 to 19"), (20, "20 and more"))
_HOURS_A_WEEK = 168
_EPOCH_DAY = date(1970, 1, 1)
_STEP = timedelta(hours=12)
NO_HOLIDAYS: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group; `name` is None for incidents of which it is not known (or in no zone)."""

    name: str | None
    zone_id: int | None = None
    zone_kind: str | None = None
    weekday: str | None = None
    hour: int | None = None


NOT_KNOWN = Group(name=None)
ORDINARY = Group(name="ordinary day")


def of_hour(hour: int) -> Group:
    """An hour of the day, 0 to 23."""
    return Group(name=f"{hour:02}:00", hour=hour)


def of_week_hour(place: int) -> Group:
    """An hour of the week, 0 to 167, from Monday's midnight."""
    weekday, hour = WEEKDAYS[place // 24], place % 24
    return Group(name=f"{weekday} {hour:02}:00", weekday=weekday, hour=hour)


def of_weekday(day: int) -> Group:
    """The weekday of a day, counted from 1970-01-01, a Thursday."""
    weekday = WEEKDAYS[(day + 3) % 7]
    return Group(name=weekday, weekday=weekday)


def of_month(day: int) -> Group:
    """The month of a day, counted from 1970-01-01."""
    return Group(name=(_EPOCH_DAY + timedelta(days=day)).strftime("%Y-%m"))


def of_calendar_month(day: int) -> Group:
    """The month without its year, so that June meets the June of a year before."""
    return Group(name=MONTHS[(_EPOCH_DAY + timedelta(days=day)).month - 1])


def of_holiday(holidays: Mapping[int, str], day: int) -> Group:
    """The holiday of a day, counted from 1970-01-01; most are ordinary days."""
    return Group(name=holidays[day]) if day in holidays else ORDINARY


def of_rounds(rounds: int | None) -> Group:
    """A band of rounds. A count of 0 tells of no shot, so it is as good as none."""
    names = [name for least, name in ROUNDS if rounds is not None and rounds >= least]
    return Group(name=names[-1]) if names else NOT_KNOWN


def of_classification(word: str) -> Group:
    """What the vendor says that it heard."""
    return Group(name=word)


def in_order(
    by: By,
    found: Iterable[Group],
    unreported: Callable[[Group], int],
    holidays: Mapping[int, str] = NO_HOLIDAYS,
) -> list[Group]:
    """Every group of a kind: those that are always there, the found ones, each at its place.

    Zones rank by what went unreported; the others go as the calendar or the vocabulary does.
    """
    there = set(found)
    if by is By.HOLIDAY:
        names = dict.fromkeys(holidays.values())
        return [*(Group(name=name) for name in names), *([ORDINARY] if ORDINARY in there else [])]
    if by is By.ZONE:
        zones = [group for group in there if group.name is not None]
        zones.sort(key=lambda group: (-unreported(group), group.zone_kind, group.name, group.zone_id))
        return zones + [group for group in there if group.name is None]
    if by is By.MONTH:
        if any(group.name in MONTHS for group in there):
            return [Group(name=name) for name in MONTHS if Group(name=name) in there]
        return [Group(name=name) for name in _months(sorted(group.name or "" for group in there))]
    always = {
        By.HOUR: lambda: [of_hour(hour) for hour in range(24)],
        By.WEEKDAY: lambda: [Group(name=name, weekday=name) for name in WEEKDAYS],
        By.HOUR_WEEKDAY: lambda: [of_week_hour(place) for place in range(_HOURS_A_WEEK)],
        By.ROUNDS: lambda: [Group(name=name) for _, name in ROUNDS],
        By.CLASSIFICATION: lambda: [
            Group(name=word.value) for word in Classification if Group(name=word.value) in there
        ],
    }[by]()
    return always + [group for group in there if group == NOT_KNOWN]


def offset_changes(zone: ZoneInfo, first: datetime, last: datetime) -> list[tuple[int, int]]:
    """A zone's offset from UTC over a stretch, as (from this microsecond on, offset in microseconds).

    The first entry holds from the beginning. Offsets that last less than half a day do not occur.
    """

    def offset_at(moment: datetime) -> timedelta:
        return moment.astimezone(zone).utcoffset() or timedelta()

    before = first
    changes = [(to_micros(first), offset_at(first))]
    while before < last:
        after = min(before + _STEP, last)
        if offset_at(after) != changes[-1][1]:
            low, high = to_micros(before) // 1_000_000, -(-to_micros(after) // 1_000_000)
            while high - low > 1:
                middle = (low + high) // 2
                same = offset_at(EPOCH + timedelta(seconds=middle)) == changes[-1][1]
                low, high = (middle, high) if same else (low, middle)
            changes.append((high * 1_000_000, offset_at(EPOCH + timedelta(seconds=high))))
        before = after
    return [(micros, offset // timedelta(microseconds=1)) for micros, offset in changes]


def _months(names: list[str]) -> list[str]:
    """Every month from the first named to the last."""
    if not names:
        return []
    year, month = map(int, names[0].split("-"))
    months = []
    while (name := f"{year:04}-{month:02}") <= names[-1]:
        months.append(name)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months
