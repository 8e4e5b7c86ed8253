"""Which time a question is about, where it says so. Pure.

Only what is said in words bounds a search: a memory that is old is no worse for that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from tasks.memory.values import ALWAYS, Between

MS = 1000
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
Days = tuple[date, date]
"""A stretch of whole days: the first, and the one after the last."""


def when(question: str, now_ms: int, zone: tzinfo = UTC) -> Between:
    """Return the stretch of time that a question names; `ALWAYS` where it names none.

    >>> monday = int(datetime(2026, 11, 16, 9, tzinfo=UTC).timestamp() * 1000)
    >>> between = when("What did I say yesterday?", monday)
    >>> datetime.fromtimestamp(between.from_ms / 1000, UTC).date().isoformat()
    '2026-11-15'
    """
    today = datetime.fromtimestamp(now_ms / MS, zone).date()
    text = " ".join(question.casefold().split())
    days = next(_named(text, today), None)
    if days is None:
        return ALWAYS
    first, after = (datetime(day.year, day.month, day.day, tzinfo=zone) for day in days)
    return Between(int(first.timestamp() * MS), int(after.timestamp() * MS))


def _named(text: str, today: date) -> Iterator[Days]:
    for pattern, days_of in _WAYS:
        if (found := pattern.search(text)) and (days := days_of(found, today)) is not None:
            yield days


def _day(day: date) -> Days:
    return day, day + timedelta(days=1)


def _yesterday(found: re.Match[str], today: date) -> Days | None:
    back = {"today": 0, "this morning": 0, "tonight": 0, "yesterday": 1, "last night": 1}
    at = 2 if "before" in found[0] else back[found[0]]
    return _day(today - timedelta(days=at))


def _ago(found: re.Match[str], today: date) -> Days | None:
    count = NUMBERS.get(found[1]) or (int(found[1]) if found[1].isdecimal() and len(found[1]) < 4 else 0)
    if not count:
        return None
    unit = _DAYS[found[2]]
    middle = today - timedelta(days=count * unit)
    slack = timedelta(days=unit // 2)  # "two weeks ago" is not said of a Tuesday
    return middle - slack, middle + slack + timedelta(days=1)


def _past(found: re.Match[str], today: date) -> Days | None:
    """Of "in the last 3 days"."""
    count = NUMBERS.get(found[1] or "one") or (int(found[1]) if found[1].isdecimal() and len(found[1]) < 4 else 0)
    return (today - timedelta(days=count * _DAYS[found[2]]), today + timedelta(days=1)) if count else None


def _last(found: re.Match[str], today: date) -> Days | None:
    if found[1] == "weekend":
        saturday = today - timedelta(days=(today.weekday() - 5) % 7 or 7)
        return saturday, saturday + timedelta(days=2)
    if found[1] == "week":
        monday = today - timedelta(days=today.weekday() + 7)
        return monday, monday + timedelta(days=7)
    if found[1] == "month":
        first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        return first, today.replace(day=1)
    return date(today.year - 1, 1, 1), date(today.year, 1, 1)


def _this(found: re.Match[str], today: date) -> Days | None:
    begin = {"week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}
    return begin.get(found[1], date(today.year, 1, 1)), today + timedelta(days=1)


def _weekday(found: re.Match[str], today: date) -> Days | None:
    back = (today.weekday() - WEEKDAYS.index(found[1])) % 7 or 7
    return _day(today - timedelta(days=back))


def _iso(found: re.Match[str], _today: date) -> Days | None:
    return _dated(int(found[1]), int(found[2]), int(found[3]))


def _spelled(found: re.Match[str], today: date) -> Days | None:
    named = found.groupdict()
    month = MONTHS.index(named["month"]) + 1
    year = int(named["year"]) if named.get("year") else None
    if named.get("day"):
        day = int(named["day"])
        dated = _dated(year or today.year, month, day)
        if dated and not year and dated[0] > today:
            dated = _dated(today.year - 1, month, day)
        return dated
    begin = date(year or today.year, month, 1)
    if not year and begin > today:
        begin = begin.replace(year=today.year - 1)
    return begin, (begin + timedelta(days=31)).replace(day=1)


def _dated(year: int, month: int, day: int) -> Days | None:
    try:
        return _day(date(year, month, day))
    except (ValueError, OverflowError):
        return None


_COUNT = rf"(\d+|{'|'.join(NUMBERS)})"
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})"
_WAYS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Days | None]], ...] = (
    (re.compile(r"\bthe day before yesterday\b"), _yesterday),
    (re.compile(r"\b(?:yesterday|last night|today|this morning|tonight)\b"), _yesterday),
    (re.compile(rf"\b{_COUNT} (day|week|month|year)s? ago\b"), _ago),
    (re.compile(rf"\b(?:in|over|during|within) the (?:last|past) (?:{_COUNT} )?(day|week|month|year)s?\b"), _past),
    (re.compile(r"\blast (weekend|week|month|year)\b"), _last),
    (re.compile(r"\bthis (week|month|year)\b"), _this),
    (re.compile(rf"\b(?:on|last|this past) ({'|'.join(WEEKDAYS)})\b"), _weekday),
    (re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b"), _iso),
    (re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? (?P<year>\d{{4}}))?\b"), _spelled),
    (re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>\d{{4}}))?\b"), _spelled),
    (re.compile(rf"\b(?:in|during|last) {_MONTH}(?:,? (?P<year>\d{{4}}))?\b"), _spelled),
)
