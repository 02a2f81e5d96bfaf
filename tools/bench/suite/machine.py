"""What the machine is, and how quiet: a figure means little without it."""

import os
import platform
import re
import time
from datetime import date
from pathlib import Path

SYNCS = 500


def describe(directory: Path) -> dict[str, str]:
    cpus = re.findall(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20
    return {
        "date": date.today().isoformat(),
        "processor": f"{os.cpu_count()} × {cpus[0] if cpus else platform.machine()}",
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release(),
        "file system": file_system(directory),
    }


def file_system(directory: Path) -> str:
    found = ("", "unknown")
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        if directory.resolve().is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, kind)
    return found[1]


def raw_sync(directory: Path) -> dict[str, float]:
    """Milliseconds of 200 bytes appended to a file and an fdatasync: what the disk allows."""
    path = directory / "control"
    times = []
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    for _ in range(SYNCS):
        began = time.perf_counter()
        os.write(file, bytes(200))
        os.fdatasync(file)
        times.append((time.perf_counter() - began) * 1e3)
    os.close(file)
    path.unlink()
    times.sort()
    return {"p50": times[SYNCS // 2], "p99": times[SYNCS * 99 // 100]}


def load() -> float:
    return os.getloadavg()[0]
