"""The line that tools/crashtest lays through its samples, and when it says that something grows."""

import importlib.util
import random
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "tools/crashtest/slope.py"


@pytest.fixture(scope="module")
def slopes():
    # By its path: crashtest has an app and a server of its own beside it.
    specification = importlib.util.spec_from_file_location("crashtest_slope", PATH)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_slope_of_a_line_is_known_exactly(slopes):
    found = slopes.slope([(x, 7 - 3 * x) for x in (0, 1, 4, 9)])
    assert found.rise == pytest.approx(-3)
    assert found.error == pytest.approx(0, abs=1e-9)


def test_the_slope_and_its_error_are_those_of_the_textbook(slopes):
    # Sxx = 10, Sxy = 8; residuals 0.4, -0.4, -0.2, 0, 0.2 leave a sum of squares of 0.4.
    found = slopes.slope([(1, 2.2), (2, 2.2), (3, 3.2), (4, 4.2), (5, 5.2)])
    assert found.rise == pytest.approx(0.8)
    assert found.error == pytest.approx((0.4 / 3 / 10) ** 0.5)


@pytest.mark.parametrize("growth, is_seen", [(0.0, False), (0.5, False), (3.0, True)])
def test_growth_is_seen_through_noise_and_noise_is_no_growth(slopes, growth, is_seen):
    draw = random.Random(1)
    points = [(x / 100, growth * x / 100 + draw.gauss(50, 2)) for x in range(800)]
    assert slopes.slope(points).exceeds(1.0) == is_seen


def test_a_slope_that_may_be_chance_does_not_exceed(slopes):
    assert slopes.Slope(3.0, 0.9).exceeds(1.0)
    assert not slopes.Slope(3.0, 1.0).exceeds(1.0)
    assert not slopes.Slope(3.0, 1.1).exceeds(1.0)


@pytest.mark.parametrize(
    "hours, first", [(0.1, 0.01), (0.9, 0.09), (1.0, 10 / 60), (1.5, 10 / 60), (2.0, 0.2)])
def test_the_first_tenth_does_not_count_nor_ten_minutes_of_an_hour(slopes, hours, first):
    times = [hours * place / 1_000 for place in range(1_000)]
    # What is looked at may grow with something else than time.
    points = [(2 * time, 0.0) for time in times]
    kept = slopes.settled(points, times, hours)
    assert kept[0][0] == pytest.approx(2 * first, abs=2 * hours / 1_000)
    assert kept == points[len(points) - len(kept) :]


def test_an_hour_is_judged_and_less_is_not(slopes):
    assert slopes.is_judged(1.0) and not slopes.is_judged(0.99)
