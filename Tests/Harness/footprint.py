"""What a process takes of the machine: proc(5)."""

import os
import re
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def private_bytes(process: int) -> int:
    """Memory of its own: no file counts, however much of a log is mapped. A process that has ended
    has none, whether or not it was waited for."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^RssAnon:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) << 10 if found else 0


def descriptors(process: int) -> int:
    """How many files it has open."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def threads(process: int) -> str:
    """What each of its threads waits for in the kernel, and the signals it was sent and has not
    taken, as bits."""
    told = []
    for task in Path(f"/proc/{process}/task").iterdir():
        name, place = ((task / file).read_text().strip() for file in ("comm", "wchan"))
        signals = re.findall(
            r"^(SigPnd|ShdPnd|SigBlk|SigCgt):\s*(\w+)$", (task / "status").read_text(), re.M)
        told.append(f"{name} in {place} " + " ".join(map("=".join, signals)))
    return "threads: " + ", ".join(told)
