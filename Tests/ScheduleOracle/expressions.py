"""Cron expressions of every kind, from a generator, around a local time if one is given."""

from datetime import UTC, datetime, timedelta
from random import Random

from evaluator import DESCRIPTORS, MONTHS, WEEKDAYS
from zones import DAY, EPOCH, instant

# Least and most value of each field, and the names of its values.
SIXTY = (0, 59, ())
HOURS = (0, 23, ())
DAYS = (1, 31, ())
MONTH = (1, 12, MONTHS)
WEEKDAY = (0, 6, WEEKDAYS)
Range = tuple[int, int, tuple[str, ...]]


class Expressions:
    """A stream of expressions; the proportions are those that the comparison promises."""

    def __init__(self, random: Random):
        self.random = random

    def any_of_kinds(self, aim: datetime | None) -> str:
        """Six fields, or a descriptor. With `aim`, a local time, all fields admit it."""
        chance = self.random.random()
        if chance < 0.03:
            return self.random.choice(list(DESCRIPTORS))
        aim = aim or local(start_of(2020, 1, 1) + self.random.randrange(4 * 366 * DAY))
        if chance < 0.035:
            fields = self.never()
        elif chance < 0.37:
            fields = self.rare(aim)
        elif chance < 0.65:
            fields = self.both_days(aim)
        else:
            fields = self.any(aim)
        space = " " if self.random.random() < 0.95 else "   "
        return space.join(fields)

    def never(self) -> list[str]:
        """A date or a field that no time matches."""
        time = [self.field(SIXTY, 0), self.field(SIXTY, 30), self.field(HOURS, 2)]
        date = self.random.choice(("30 2 *", "30,31 feb ?", "31 2,4,6,9,11 *", "29 , *"))
        return time + date.split()

    def rare(self, aim: datetime) -> list[str]:
        """At most one occurrence a month."""
        if self.random.random() < 0.1:
            aim = aim.replace(year=2024, month=2, day=29)
        month = "*" if self.coin() else self.field(MONTH, aim.month)
        day = self.single(DAYS, aim.day)
        return [*self.single_time(aim), day, month, self.random.choice(("*", "*", "?", "*/1"))]

    def both_days(self, aim: datetime) -> list[str]:
        """A day of the month or of the week: neither field is a star."""
        time = self.single_time(aim) if self.random.random() < 0.4 else self.time(aim)
        day = self.field(DAYS, aim.day, star=False)
        month = "*" if self.random.random() < 0.6 else self.field(MONTH, aim.month)
        return [*time, day, month, self.field(WEEKDAY, aim.isoweekday() % 7, star=False)]

    def any(self, aim: datetime) -> list[str]:
        """Whatever the grammar allows, often once a day or an hour, often every second."""
        time = self.single_time(aim) if self.random.random() < 0.3 else self.time(aim)
        if self.coin():
            time[2] = "*"
        day = "*" if self.coin() else self.field(DAYS, aim.day)
        month = "*" if self.coin() else self.field(MONTH, aim.month)
        weekday = "*" if self.coin() else self.field(WEEKDAY, aim.isoweekday() % 7)
        return [*time, day, month, weekday]

    def time(self, aim: datetime) -> list[str]:
        return [
            self.field(SIXTY, aim.second),
            self.field(SIXTY, aim.minute),
            self.field(HOURS, aim.hour),
        ]

    def single_time(self, aim: datetime) -> list[str]:
        """One second of the day, often on a quarter of an hour as people write it."""
        round_time = self.coin()
        second = 0 if round_time else aim.second
        minute = aim.minute // 15 * 15 if round_time else aim.minute
        return [
            self.single(SIXTY, second),
            self.single(SIXTY, minute),
            self.single(HOURS, aim.hour),
        ]

    def single(self, limits: Range, value: int) -> str:
        """A field that admits one value only."""
        least, most, _ = limits
        text = self.value(limits, value)
        forms = [text] * 6 + [f"{text}-{text}", f"{text},{text}", f",{text}", f"{text},,"]
        forms.append(f"{text}/{most - value + self.random.randint(1, 60)}")
        if value == least:
            forms.append(f"*/{most - least + self.random.randint(1, 60)}")
        return self.random.choice(forms)

    def field(self, limits: Range, value: int, star: bool = True) -> str:
        """A field that admits `value`, as a star if it may."""
        if star and self.random.random() < 0.25:
            return self.random.choice(("*", "*", "?", "*/1", "?/1"))
        items = [self.item(limits, value)]
        for _ in range(self.random.choice((0, 0, 0, 0, 1, 1, 2, 3))):
            items.append(self.item(limits, self.random.randint(*limits[:2])))
            if star and self.random.random() < 0.03:
                items.append("*")
        if self.random.random() < 0.08:
            items.append("")
        self.random.shuffle(items)
        return ",".join(items)

    def item(self, limits: Range, value: int) -> str:
        """One item that admits `value`. Never a star, but perhaps `*/n`."""
        least, most, _ = limits
        step = self.random.randint(1, self.random.choice((3, 10, most)))
        low = value - step * self.random.randint(0, (value - least) // step)
        high = self.random.randint(value, most)
        match self.random.randrange(8):
            case 0:
                low = self.random.randint(least, value)
                return f"{self.value(limits, low)}-{self.value(limits, high)}"
            case 1:
                return f"{self.value(limits, low)}-{self.value(limits, high)}/{step}"
            case 2:
                return f"{self.value(limits, low)}/{step}"
            case 3:
                steps = [n for n in range(2, most + 1) if (value - least) % n == 0]
                if steps:
                    return f"{self.random.choice('**?')}/{self.random.choice(steps)}"
        return self.value(limits, value)

    def value(self, limits: Range, value: int) -> str:
        """A value as a number, now and then as `05`, `+5` or its name in any case."""
        least, _, names = limits
        if names and self.random.random() < 0.4:
            name = names[value - least]
            return self.random.choice((name, name, name.upper(), name.capitalize()))
        if self.random.random() < 0.03:
            return self.random.choice((f"0{value}", f"+{value}"))
        return str(value)

    def coin(self) -> bool:
        return self.random.random() < 0.5


def local(seconds: int) -> datetime:
    """The date and time of a second on the line of local time."""
    return EPOCH + timedelta(seconds=seconds)


def start_of(year: int, month: int, day: int) -> int:
    return instant(datetime(year, month, day, tzinfo=UTC))
