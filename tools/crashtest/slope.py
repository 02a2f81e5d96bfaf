"""Whether a figure that is looked at again and again grows: a line through the points by least
squares, and how sure its slope is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


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


def settled(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Without the first tenth: what is filled once is no growth."""
    return points[len(points) // 10 :]
