"""Whether a figure that is looked at again and again grows: a line through the points by least
squares, and how sure its slope is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

JUDGED_HOURS_MIN = 1.0
FILLING_HOURS = 1 / 6


@dataclass(frozen=True)
class Slope:
    """How much more for each one further along; `error` is one standard error of that."""

    rise: float
    error: float

    def exceeds(self, most: float) -> bool:
        """Whether it surely is steeper than `most`: by more than two standard errors."""
        return self.rise - 2 * self.error > most


def slope(points: Sequence[tuple[float, float]]) -> Slope:
    """Of at least three points that do not all stand above one another."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    left = sum((y - mean_y - rise * (x - mean_x)) ** 2 for x, y in points)
    return Slope(rise, math.sqrt(left / (count - 2) / spread))


def settled(
    points: Sequence[tuple[float, float]], times: Sequence[float], hours: float
) -> list[tuple[float, float]]:
    """Without the first of so many hours: what is filled once is no growth. `times` has the hour of
    each point."""
    return [point for point, time in zip(points, times) if time >= filling(hours)]


def filling(hours: float) -> float:
    """A tenth of them, and ten minutes at least of those that are judged."""
    return max(hours / 10, FILLING_HOURS if is_judged(hours) else 0)


def is_judged(hours: float) -> bool:
    """In less time what is filled once looks like growth."""
    return hours >= JUDGED_HOURS_MIN
