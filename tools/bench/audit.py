"""What an audit costs: events judged a second, beside a bare scan of the same records in C, and its
memory at the peak.

audit.py REPLAY SCAN DATA_DIR: the directory holds a log as `daybook-bench history` makes it. Rates
are given by the clock and by the processor's time, which others on the machine disturb less; the
ratio of the two is by the latter.
"""

import os
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 3
WATCH_SECONDS = 0.02


def scan(binary: str, directory: Path) -> tuple[int, float]:
    """The records, and how many a second of CPU."""
    (segment,) = (directory / "log").iterdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = subprocess.run([binary, segment], check=True, capture_output=True, text=True).stdout
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime
    records = int(text.split()[0])
    print(f"scan   {text.strip()}, {cpu:.2f} s of CPU {records / cpu:.0f}/s", flush=True)
    return records, records / cpu


def audit(binary: str, directory: Path, records: int) -> float:
    """Events a second of CPU."""
    began = time.monotonic()
    process = subprocess.Popen(
        [binary, "audit", "--data-dir", directory], stdout=subprocess.DEVNULL)
    peaks = {"VmHWM": 0, "RssAnon": 0}
    while True:
        # Ended but not yet waited for, it has no memory to tell of.
        status = Path(f"/proc/{process.pid}/status").read_text()
        for name in peaks:
            if found := re.search(rf"{name}:\s+(\d+)", status):
                peaks[name] = max(peaks[name], int(found[1]) >> 10)
        ended, code, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        time.sleep(WATCH_SECONDS)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode != 0:
        raise SystemExit(f"the audit ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    print(f"audit  {records} records {seconds:.2f} s {records / seconds:.0f}/s, "
          f"{cpu:.2f} s of CPU {records / cpu:.0f}/s, peak VmHWM {peaks['VmHWM']} MiB, "
          f"RssAnon {peaks['RssAnon']} MiB", flush=True)
    return records / cpu


def main():
    replay, scanner, directory = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    ratios = []
    for _ in range(ROUNDS):
        records, scanned = scan(scanner, directory)
        ratios.append(scanned / audit(replay, directory, records))
    print(f"scan / audit: median {statistics.median(ratios):.1f} "
          f"({min(ratios):.1f}-{max(ratios):.1f}); load {os.getloadavg()[0]:.1f}")


main()
