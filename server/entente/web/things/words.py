"""What a claim's dates and sources are in words."""

from __future__ import annotations

import re
from datetime import date, timedelta

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_TEXT_OF_YEAR = re.compile(r"\s+text of \d{4}$")
_LONGEST_MARK = 18


def say_interval(first: str, last: str) -> str:
    """Say when something began or happened, as closely as its bounds tell.

    Args:
        first: The first day on which it can have been, or an empty string.
        last: The last day, or an empty string.

    >>> say_interval("2018-01-01", "2018-12-31"), say_interval("2022-05-12", "2022-05-12")
    ('in 2018', 'on 12 May 2022')
    >>> say_interval("2018-01-01", "2020-06-30")
    'between January 2018 and June 2020'
    >>> say_interval("2013-01-01", ""), say_interval("", "2022-10-31")
    ('in 2013 or later', 'by October 2022')
    """
    start, end = _read(first), _read(last)
    if start and end:
        return _say_both(start, end)
    if start:
        return f"{_with_preposition(_say_start(start))} or later"
    if end:
        return f"by {_say_end(end)}"
    return _say_given(first, last)


def say_end(first: str, last: str) -> str:
    """Say when something ended.

    >>> say_end("2023-01-01", "2023-12-31"), say_end("", "2023-12-31")
    ('ended in 2023', 'ended by 2023')
    """
    said = say_interval(first, last)
    return f"ended {said}" if said else ""


def say_as_of(day: str) -> str:
    """Say as of when a state is said to hold; a year's or a month's last day stands for it.

    >>> say_as_of("2022-12-31"), say_as_of("2023-03-24")
    ('as of 2022', 'as of 24 March 2023')
    """
    read = _read(day)
    return f"as of {_say_end(read) if read else day}" if day else ""


def say_day(day: str) -> str:
    """Write a date for readers.

    >>> say_day("2023-06-26"), say_day("June")
    ('26 June 2023', 'June')
    """
    read = _read(day)
    return f"{read.day} {_MONTHS[read.month - 1]} {read.year}" if read else day


def shorten_source(label: str) -> str:
    """Make the mark of a source.

    >>> shorten_source("Japan Up Close text of 2023"), shorten_source("")
    ('Japan Up Close', 'text')
    """
    short = _TEXT_OF_YEAR.sub("", label).strip() or "text"
    return short if len(short) <= _LONGEST_MARK else short[: _LONGEST_MARK - 1] + "…"


def _read(day: str) -> date | None:
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def _say_both(start: date, end: date) -> str:
    if start == end:
        return f"on {say_day(start.isoformat())}"
    if (start.day, start.month, end.day, end.month) == (1, 1, 31, 12):
        if start.year == end.year:
            return f"in {start.year}"
        return f"between {start.year} and {end.year}"
    if start.day == 1 and _ends_month(end):
        if (start.year, start.month) == (end.year, end.month):
            return f"in {_month(start)}"
        return f"between {_month(start)} and {_month(end)}"
    return f"between {say_day(start.isoformat())} and {say_day(end.isoformat())}"


def _say_start(day: date) -> str:
    if (day.day, day.month) == (1, 1):
        return str(day.year)
    return _month(day) if day.day == 1 else say_day(day.isoformat())


def _say_end(day: date) -> str:
    if (day.day, day.month) == (31, 12):
        return str(day.year)
    return _month(day) if _ends_month(day) else say_day(day.isoformat())


def _with_preposition(said: str) -> str:
    return f"on {said}" if said.count(" ") == 2 else f"in {said}"


def _say_given(first: str, last: str) -> str:
    return " to ".join(text for text in (first, last) if text)


def _month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def _ends_month(day: date) -> bool:
    return day.year < date.max.year and (day + timedelta(days=1)).day == 1
