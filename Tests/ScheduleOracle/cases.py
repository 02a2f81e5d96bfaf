"""Cases for the comparison: schedules and the instants from which their next occurrences are asked.

Most instants lie near a transition of the case's zone, and most expressions there are built around
a local time close to it, so that rare schedules meet skipped and repeated hours as often as dense
ones. Every choice comes from one seeded generator.
"""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import NamedTuple, TypeVar

from evaluator import Evaluator
from expressions import DAYS, MONTH, Expressions, local, start_of
from zones import DAY, EPOCH, Zones

FIRST_YEAR, LAST_YEAR = 1970, 2037
# Beyond the files' own transitions, where only their rules for later years speak.
LATE_YEARS = (2038, 2105)
NEAR = 2 * DAY

T = TypeVar("T")


class Case(NamedTuple):
    """A schedule and the instant after which to look: a second and the digits of its fraction.

    `zone` is the one that the schedule names, empty without.
    """

    zone: str
    schedule: str
    second: int
    fraction: str

    def line(self) -> str:
        """The case as the product reads it."""
        fraction = f".{self.fraction}" if self.fraction else ""
        return f"{self.schedule}\t{written(self.second)[:-1]}{fraction}Z"


def written(second: int) -> str:
    """An instant in RFC 3339."""
    return f"{(EPOCH + timedelta(seconds=second)).replace(tzinfo=None).isoformat()}Z"


class Cases:
    """A seeded stream of cases over the zones of one directory."""

    def __init__(self, zones: Zones, seed: str):
        self.random = Random(seed)
        self.expressions = Expressions(self.random)
        self.zones = zones
        self.evaluator = Evaluator(zones)
        self.names = zones.names()
        self.transitions = {
            name: zones.zone(name).transitions(FIRST_YEAR, LAST_YEAR) for name in self.names
        }
        self.pairs = in_turn(self.random, self.shuffled_pairs())
        still = [name for name in self.names if not self.transitions[name]]
        self.random.shuffle(still)
        self.still_zones = in_turn(self.random, still)

    def shuffled_pairs(self) -> list[tuple[str, int]]:
        """Every zone with each of its transitions, one of every zone before the others."""
        first, rest = [], []
        for name, transitions in self.transitions.items():
            if transitions:
                chosen = self.random.choice(transitions)
                first.append((name, chosen))
                rest += [(name, other) for other in transitions if other != chosen]
        self.random.shuffle(first)
        self.random.shuffle(rest)
        return first + rest

    def next(self) -> Case:
        near = self.random.random() < 0.58
        return self.near_transition() if near else self.elsewhere()

    # Where and when

    def near_transition(self) -> Case:
        """A case within two days of a transition; the pairs of zone and transition take turns."""
        name, transition = next(self.pairs)
        second = transition + self.distance(NEAR)
        aim = None
        if self.random.random() < 0.7:
            zone = self.zones.zone(name)
            # The offset of the other side names times that are skipped or repeated.
            offset = zone.offset(transition - self.random.randint(0, 1))
            distance = self.distance(3 * 3600 if self.expressions.coin() else NEAR)
            aim = local(transition + distance + offset)
            if self.random.random() < 0.3:
                # Look from before the transition, so that what is close to it is yet to come.
                second = min(second, transition - self.random.randint(1, NEAR))
        schedule = self.prefix(name) + self.expressions.any_of_kinds(aim)
        return Case(name, schedule, max(second, 0), self.fraction())

    def distance(self, limit: int) -> int:
        """Seconds up to `limit` in either direction, often few."""
        match self.random.randrange(6):
            case 0:
                return self.random.choice((-3601, -3600, -1801, -1800, -2, -1, 0, 1, 3599, 3600))
            case 1 | 2:
                return self.random.randint(-7200, 7200)
            case _:
                return self.random.randint(-limit, limit)

    def elsewhere(self) -> Case:
        """A case with any zone or none, at any instant."""
        chance = self.random.random()
        if chance < 0.02:
            return self.around_2100()
        if chance < 0.25:
            name = ""
        elif chance < 0.35:
            name = "UTC"
        elif chance < 0.65:
            name = next(self.still_zones)
        else:
            name = self.random.choice(self.names)
        prefix = self.prefix(name) if name or self.random.random() < 0.05 else ""
        second = self.instant()
        aim = local(second) if self.random.random() < 0.3 else None
        schedule = prefix + self.expressions.any_of_kinds(aim)
        if self.random.random() < 0.15:
            # Exactly at an occurrence, which must not be given again.
            second = next(iter(self.evaluator.occurrences(schedule, second, 1)), second)
        return Case(name, schedule, max(second, 0), self.fraction())

    def around_2100(self) -> Case:
        """Leap days eight years apart: here alone the length of the search window shows."""
        name = self.random.choice(self.names)
        second = start_of(self.random.randint(2095, 2104), 1, 1)
        if self.random.random() < 0.6:
            # The local year's end.
            second += self.random.randint(-2, 2) - self.zones.zone(name).offset(second)
        else:
            second += self.random.randrange(365 * DAY)
        leap_day = [self.expressions.single(DAYS, 29), self.expressions.single(MONTH, 2), "*"]
        fields = self.expressions.single_time(local(second)) + leap_day
        return Case(name, self.prefix(name) + " ".join(fields), second, self.fraction())

    def instant(self) -> int:
        """An instant of the covered years, of a year's end, of a leap day, or of a later year."""
        years = (FIRST_YEAR, LAST_YEAR) if self.random.random() < 0.8 else LATE_YEARS
        year = self.random.randint(*years)
        match self.random.randrange(5):
            case 0:
                return start_of(year, 1, 1) + self.random.choice((-1, 0, self.distance(NEAR)))
            case 1:
                leap_year = min(year // 4 * 4, 2104)
                return start_of(leap_year, 3, 1) - DAY + self.distance(NEAR)
            case _:
                return start_of(year, 1, 1) + self.random.randrange(365 * DAY)

    def prefix(self, name: str) -> str:
        space = " " if self.random.random() < 0.9 else "  "
        return f"{self.random.choice(('TZ=', 'CRON_TZ='))}{name}{space}"

    def fraction(self) -> str:
        """Usually none, else up to nine digits."""
        if self.random.random() < 0.88:
            return ""
        digits = "".join(self.random.choices("0123456789", k=self.random.randint(1, 9)))
        return self.random.choice(("5", "000000001", "999999999", "999", digits))


def in_turn(random: Random, values: list[T]) -> Iterator[T]:
    """The values one after another for ever, in a new order each time around."""
    while True:
        yield from values
        random.shuffle(values)
