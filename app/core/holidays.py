"""Public holidays of a region, and the days that people keep though nobody is off, such as New Year's Eve."""

import re
from datetime import date

_REGION = re.compile(r"([A-Z]{2,3})(?:-(\w{1,8}))?")
_UNOFFICIAL = "unofficial"


def check_region(region: str) -> None:
    """Refuse what names no country (US) or part of one (US-CA). Raises ValueError."""
    _calendar(region, [])


def holidays_between(region: str, first: date, last: date) -> dict[date, str]:
    """The holidays from the first day to the last, in order; names of the same day joined by a semicolon.

    On the days themselves, not on those when an office is shut instead.
    """
    if last < first:
        return {}
    found = _calendar(region, range(first.year, last.year + 1))
    return {day: name for day, name in sorted(found.items()) if first <= day <= last}


def _calendar(region: str, years: "range | list[int]") -> dict[date, str]:
    # Reading the calendars of all countries takes a quarter of a second: only where one is named.
    from holidays import PUBLIC, country_holidays  # noqa: PLC0415

    match = _REGION.fullmatch(region)
    wrong = f"{region!r} is no country such as US, nor a part of one such as US-CA"
    if match is None:
        raise ValueError(wrong)
    country, part = match.groups()
    try:
        known = country_holidays(country, subdiv=part).supported_categories
        categories = tuple(each for each in (PUBLIC, _UNOFFICIAL) if each in known)
        found = country_holidays(
            country, subdiv=part, years=years, observed=False, categories=categories, language="en_US"
        )
    except NotImplementedError as error:
        raise ValueError(wrong) from error
    return dict(found)
