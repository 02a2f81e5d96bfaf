"""Time zones as stretches of constant offset, read from one zoneinfo directory with `zoneinfo`.

A zone's transitions are not read from its file: the offset is sampled every third day and a
change is narrowed down to its second by bisection. Two transitions that cancel each other between
two samples would be missed; the closest pair since 1970 lies seven days apart.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Not zones of their own: the machine's choice, and the same zones with and without leap seconds.
NOT_ZONES = {"localtime", "posixrules", "posix", "right"}


def instant(moment: datetime) -> int:
    """Seconds since 1970, rounded down."""
    return (moment - EPOCH) // timedelta(seconds=1)


class Stretch(NamedTuple):
    """From `start` up to, not including, `end`, local time is UTC plus `offset`, all in seconds."""

    start: int
    end: int
    offset: int


class Zone:
    """A zone's offsets. Each year is looked at once."""

    def __init__(self, info: tzinfo):
        self.info = info
        self.years: dict[int, tuple[Stretch, ...]] = {}

    def offset(self, at: int) -> int:
        """Local time minus UTC at an instant, in seconds."""
        difference = (EPOCH + timedelta(seconds=at)).astimezone(self.info).utcoffset()
        return difference.days * DAY + difference.seconds

    def stretches(self, year: int) -> tuple[Stretch, ...]:
        """The stretches of a UTC year, without gaps. The year's end also ends a stretch."""
        if year not in self.years:
            self.years[year] = tuple(self.search(year))
        return self.years[year]

    def search(self, year: int) -> list[Stretch]:
        samples = samples_of(year)
        offsets = [sample.astimezone(self.info).utcoffset() for sample in samples]
        found: list[Stretch] = []
        begin = instant(samples[0])
        for index in range(1, len(samples)):
            if offsets[index] == offsets[index - 1]:
                continue
            low, high = instant(samples[index - 1]), instant(samples[index])
            while (current := self.offset(low)) != self.offset(high):
                low = self.change(low, high, current)
                found.append(Stretch(begin, low, current))
                begin = low
        end = instant(samples[-1])
        # A change exactly at the year's end is the next year's.
        if begin < end:
            found.append(Stretch(begin, end, self.offset(begin)))
        return found

    def change(self, low: int, high: int, before: int) -> int:
        """The first second of a new offset: `before` holds at `low` and no longer at `high`."""
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset(middle) == before:
                low = middle
            else:
                high = middle
        return high

    def transitions(self, first_year: int, last_year: int) -> list[int]:
        """The first seconds of new offsets, in order."""
        found = []
        before = self.stretches(first_year - 1)[-1].offset
        for year in range(first_year, last_year + 1):
            for stretch in self.stretches(year):
                if stretch.offset != before:
                    found.append(stretch.start)
                before = stretch.offset
        return found


@lru_cache(maxsize=None)
def samples_of(year: int) -> tuple[datetime, ...]:
    """Every third midnight of a UTC year, and the one that ends it."""
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    days = range(0, (end - start).days, 3)
    return (*(start + timedelta(days=day) for day in days), end)


class Zones:
    """The zones of one directory and of no other: neither TZPATH nor a package is asked.

    Names whose files are alike share a zone, so what was found for one serves the others.
    """

    def __init__(self, directory: Path):
        self.directory = directory
        self.by_name: dict[str, Zone] = {}
        self.by_content: dict[bytes, Zone] = {}
        self.utc = Zone(UTC)

    def names(self) -> list[str]:
        """Every zone of the directory, sorted."""
        names = []
        for path in self.directory.rglob("*"):
            name = path.relative_to(self.directory)
            if name.parts[0] not in NOT_ZONES and path.is_file():
                with path.open("rb") as file:
                    if file.read(4) == b"TZif":
                        names.append(name.as_posix())
        return sorted(names)

    def zone(self, name: str) -> Zone:
        """The zone of that name; the empty name is UTC. Raises OSError if there is none."""
        if name in ("", "UTC"):
            return self.utc
        if name not in self.by_name:
            content = (self.directory / name).read_bytes()
            if content not in self.by_content:
                self.by_content[content] = Zone(ZoneInfo.from_file(BytesIO(content), name))
            self.by_name[name] = self.by_content[content]
        return self.by_name[name]
