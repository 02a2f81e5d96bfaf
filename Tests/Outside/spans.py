"""Durations and points in time as callers write them: RFC 3339, durations of Go and of ISO 8601."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from reading import SECOND, nanoseconds

UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": SECOND,
         "m": 60 * SECOND, "h": 3_600 * SECOND}  # fmt: skip
PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
ISO = re.compile(
    r"(?:R(?:0|-\d+)/)?P(?:([+-]?\d+)Y)?(?:([+-]?\d+)M)?(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?"
    r"(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+)S)?)?",
    re.ASCII,
)
DAY = 86_400 * SECOND
DAYS_OF_400_YEARS = 146_097
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def go_duration(text: str) -> int:
    """Nanoseconds. Raises ValueError."""
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    parts = list(PART.finditer(rest))
    if not parts or "".join(part[0] for part in parts) != rest:
        raise ValueError(f"no duration: {text!r}")
    return sign * sum(int(Fraction(part[1]) * UNITS[part[2]]) for part in parts)


def point(text: str, base: int) -> int:
    """The instant that `text` means, said at `base`. Raises ValueError."""
    for meaning in (lambda: nanoseconds(text), lambda: base + go_duration(text)):
        try:
            return meaning()
        except ValueError:
            continue
    parts = ISO.fullmatch(text)
    if parts is None:
        raise ValueError(f"no point in time: {text!r}")
    numbers = [int(part or 0) for part in parts.groups()]
    years, months, weeks, days, hours, minutes, seconds = numbers
    time = ((hours * 60 + minutes) * 60 + seconds) * SECOND
    return added_to_date(base, 12 * years + months, 7 * weeks + days) + time


def is_relative(text: str) -> bool:
    try:
        nanoseconds(text)
        return False
    except ValueError:
        return True


def added_to_date(base: int, months: int, days: int) -> int:
    """Months and days after an instant, in UTC; a day that a month has not is one of the next."""
    date = EPOCH + timedelta(days=base // DAY)
    year, month = divmod(12 * date.year + date.month - 1 + months, 12)
    # Any 400 years have as many days; the year is brought among those that Python has.
    eras = year // 400 - 4
    first = datetime(year - 400 * eras, month + 1, 1, tzinfo=UTC)
    first_day = (first - EPOCH).days + eras * DAYS_OF_400_YEARS
    return (first_day + date.day - 1 + days) * DAY + base % DAY
