"""Fixtures: the seed, how many cases, the zoneinfo directories, and the comparison over both."""

import os
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import tzdata

from comparison import Order, compare

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("DAYBOOK_BIN", ROOT / ".build/release/daybook"))
SEED = int(os.environ.get("DAYBOOK_TEST_SEED", random.getrandbits(32)))
DIRECTORIES = {
    "system": Path("/usr/share/zoneinfo"),
    "tzdata": Path(tzdata.__file__).parent / "zoneinfo",
}


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="1,000,000 cases, every transition")


def pytest_report_header():
    """The seed, and the releases of the zone data on which the cases depend too."""
    releases = ", ".join(f"{name} {release(path)}" for name, path in DIRECTORIES.items())
    return f"DAYBOOK_TEST_SEED={SEED} (zone data: {releases})"


def release(directory: Path) -> str:
    try:
        return (directory / "tzdata.zi").open().readline().split()[-1]
    except OSError:
        return "of unknown release"


@pytest.fixture(scope="session")
def seed():
    return SEED


@pytest.fixture(scope="session")
def long(request):
    return request.config.getoption("--long")


@pytest.fixture(params=DIRECTORIES)
def directory(request):
    return DIRECTORIES[request.param]


@pytest.fixture(scope="session")
def reports(seed, long):
    """One report for each directory; each has a process of its own and half of the cases."""
    cases = 500_000 if long else 25_000
    orders = [Order(name, path, seed, cases, BINARY) for name, path in DIRECTORIES.items()]
    with ProcessPoolExecutor(max_workers=len(orders)) as processes:
        return list(processes.map(compare, orders))
