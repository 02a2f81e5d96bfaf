"""When a schedule fires, by definition rather than by search order.

A second is an occurrence exactly if its local fields, in the schedule's zone, match all fields of
the expression. So a local time that a zone skips does not occur that day, and one that a zone
repeats occurs twice. Within a stretch of constant offset local time is a straight line: there the
first matching local time is found by date, then by time of day, and shifted back to UTC. Stretches
are visited in the order of UTC, which settles every repeated, skipped or interleaved date.
"""

import re
from bisect import bisect_left
from datetime import date, datetime
from typing import NamedTuple

from zones import DAY, Stretch, Zone, Zones, instant

# No occurrence is looked for after the end of this many local years beyond the first's.
YEARS_AHEAD = 5

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

DESCRIPTORS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}

PREFIX = re.compile(r"(?:CRON_)?TZ=(\S*)\s+(.*)", re.DOTALL)
# Like Dapr, `*-5` is read as `*`: what follows a star's hyphen counts for nothing.
ITEM = re.compile(
    r"(?:(?P<star>[*?])(?:-[^/]*)?|(?P<low>\+?\w+)(?:-(?P<high>\+?\w+))?)(?:/(?P<step>\+?\d+))?"
)


class ScheduleError(ValueError):
    """The text is no cron schedule."""


class Field(NamedTuple):
    """What one field admits. `star` means it does not restrict: `*` or `?` without a step."""

    values: tuple[int, ...]
    star: bool


class Fields(NamedTuple):
    """A cron expression, read. Each field's values are sorted."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    # Both day fields restrict, so that a date need match only one of them.
    either_day: bool

    def matches_date(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        in_month = day.day in self.days
        in_week = day.isoweekday() % 7 in self.weekdays
        return (in_month or in_week) if self.either_day else (in_month and in_week)

    def first_time(self, at: int) -> int | None:
        """The first matching second of a day, not before its second `at`."""
        hour, minute, second = at // 3600, at // 60 % 60, at % 60
        for h in self.hours[bisect_left(self.hours, hour) :]:
            first_minute = minute if h == hour else 0
            for m in self.minutes[bisect_left(self.minutes, first_minute) :]:
                first_second = second if (h, m) == (hour, minute) else 0
                index = bisect_left(self.seconds, first_second)
                if index < len(self.seconds):
                    return h * 3600 + m * 60 + self.seconds[index]
        return None

    def first_day(self, first: int, last: int) -> int | None:
        """The first matching date from `first` to `last`, as days since 1970."""
        day = first
        while day <= last:
            current = date.fromordinal(EPOCH_DAY + day)
            if self.matches_date(current):
                return day
            day = day + 1 if current.month in self.months else next_month(current)
        return None

    def first_local(self, start: int, end: int) -> int | None:
        """The first match of local time, in seconds, from `start` on and before `end`."""
        if start >= end:
            return None
        day, time = divmod(start, DAY)
        if self.first_day(day, day) is not None:
            found = self.first_time(time)
            if found is not None:
                return day * DAY + found if day * DAY + found < end else None
        next_day = self.first_day(day + 1, (end - 1) // DAY)
        found = self.first_time(0)
        if next_day is None or found is None or next_day * DAY + found >= end:
            return None
        return next_day * DAY + found


EPOCH_DAY = date(1970, 1, 1).toordinal()


def next_month(day: date) -> int:
    """The first of the month after that of `day`, as days since 1970."""
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return after.toordinal() - EPOCH_DAY


class Evaluator:
    """Evaluates schedules with the zones of one directory."""

    def __init__(self, zones: Zones):
        self.zones = zones

    def occurrences(self, schedule: str, after: datetime | int, count: int) -> list[int]:
        """The next occurrences strictly after an instant, as seconds since 1970.

        An instant given as a number has no fraction; the fraction of a datetime makes no
        difference, for occurrences are whole seconds. Fewer than `count` if the window that
        begins at an occurrence, or at `after`, holds no further one.
        """
        zone, fields = self.read(schedule)
        at = instant(after) if isinstance(after, datetime) else after
        found: list[int] = []
        while len(found) < count:
            occurrence = next_occurrence(fields, zone, at + 1)
            if occurrence is None:
                break
            found.append(occurrence)
            at = occurrence
        return found

    def read(self, schedule: str) -> tuple[Zone, Fields]:
        """The schedule's zone and fields. Raises ScheduleError, OSError for an unknown zone."""
        if not schedule.startswith(("TZ=", "CRON_TZ=")):
            return self.zones.utc, read_expression(schedule)
        parts = PREFIX.fullmatch(schedule)
        if parts is None:
            raise ScheduleError(f"nothing after the zone: {schedule!r}")
        return self.zones.zone(parts[1]), read_expression(parts[2])


def next_occurrence(fields: Fields, zone: Zone, first: int) -> int | None:
    """The first occurrence not before `first`, unless it lies beyond the window."""
    if not (fields.seconds and fields.minutes and fields.hours and fields.months):
        return None
    local_year = date.fromordinal(EPOCH_DAY + (first + zone.offset(first)) // DAY).year
    limit = (date(local_year + YEARS_AHEAD + 1, 1, 1).toordinal() - EPOCH_DAY) * DAY
    year = date.fromordinal(EPOCH_DAY + first // DAY).year
    # A zone west of Greenwich ends its local year in the next year of UTC.
    for utc_year in range(year, local_year + YEARS_AHEAD + 2):
        for stretch in zone.stretches(utc_year):
            found = first_within(stretch, fields, first, limit)
            if found is not None:
                return found
    return None


def first_within(stretch: Stretch, fields: Fields, first: int, limit: int) -> int | None:
    """The first occurrence in a stretch, not before `first`, local time before `limit`."""
    start, end, offset = stretch
    if end <= first:
        return None
    found = fields.first_local(max(start, first) + offset, min(end + offset, limit))
    return None if found is None else found - offset


def read_expression(text: str) -> Fields:
    """Reads six fields or a descriptor. Raises ScheduleError."""
    if text.startswith("@"):
        if text not in DESCRIPTORS:
            raise ScheduleError(f"no descriptor: {text!r}")
        text = DESCRIPTORS[text]
    parts = text.split()
    if len(parts) != 6:
        raise ScheduleError(f"{len(parts)} fields instead of 6: {text!r}")
    days = read_field(parts[3], 1, 31)
    weekdays = read_field(parts[5], 0, 6, WEEKDAYS)
    return Fields(
        seconds=read_field(parts[0], 0, 59).values,
        minutes=read_field(parts[1], 0, 59).values,
        hours=read_field(parts[2], 0, 23).values,
        days=days.values,
        months=read_field(parts[4], 1, 12, MONTHS).values,
        weekdays=weekdays.values,
        either_day=not days.star and not weekdays.star,
    )


def read_field(text: str, least: int, most: int, names: tuple[str, ...] = ()) -> Field:
    """Reads the items of a field; empty ones count for nothing."""
    values: set[int] = set()
    star = False
    for item in filter(None, text.split(",")):
        parts = ITEM.fullmatch(item)
        if parts is None:
            raise ScheduleError(f"no item of a field: {item!r}")
        step = 1 if parts["step"] is None else int(parts["step"])
        if parts["star"]:
            low, high = least, most
            star = star or step == 1
        else:
            low = read_value(parts["low"], least, names)
            high = low
            if parts["high"]:
                high = read_value(parts["high"], least, names)
            elif parts["step"]:
                high = most
        if not least <= low <= high <= most or step == 0:
            raise ScheduleError(f"not within {least} to {most}: {item!r}")
        values.update(range(low, high + 1, step))
    return Field(tuple(sorted(values)), star)


def read_value(text: str, least: int, names: tuple[str, ...]) -> int:
    """A number, or a name; the first name stands for the field's least value."""
    if text.lower() in names:
        return least + names.index(text.lower())
    try:
        return int(text)
    except ValueError as error:
        raise ScheduleError(f"neither number nor name: {text!r}") from error
