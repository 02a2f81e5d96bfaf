"""Time zones of a test's own, written as TZif files."""

import struct
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest


def write_zone(path: Path, footer: str) -> None:
    """A zone without transitions, whose rule is `footer`. RFC 9636."""
    header = struct.pack(">4s c 15x 6L", b"TZif", b"2", 0, 0, 0, 0, 1, 4)
    data = struct.pack(">l B B 4s", 0, 0, 0, b"LMT\0")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(2 * (header + data) + f"\n{footer}\n".encode())


def write_offset(path: Path, offset: timedelta) -> None:
    """A zone whose local time is always UTC plus `offset`, which is less than a day."""
    # In a rule an offset is what must be added to local time.
    sign = "-" if offset >= timedelta(0) else "+"
    minutes, seconds = divmod(abs(offset) // timedelta(seconds=1), 60)
    write_zone(path, f"XST{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}")


def write_noon(path: Path, noon: datetime) -> None:
    """A zone where every day it is 12:00:00 at the time of `noon`, an instant in whole seconds."""
    day, half = timedelta(days=1), timedelta(hours=12)
    since_midnight = (noon - datetime(1970, 1, 1, tzinfo=timezone.utc)) % day
    write_offset(path, half - since_midnight)


@pytest.fixture
def city(tmp_path, monkeypatch) -> Path:
    """The file of the zone Test/City, in the directory that servers then use. Not written yet."""
    directory = tmp_path / "zones"
    monkeypatch.setenv("TZDIR", str(directory))
    return directory / "Test/City"
