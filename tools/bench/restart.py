"""Restarts of the real program with many jobs: time to serve and private memory, without and with a
checkpoint; then, while it serves, a page of a list beside one job, and what idling costs.

restart.py DAYBOOK DATA_DIR: the directory holds a log as `daybook-bench history` makes it.
"""

import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 3
PORT = 18710
CLOCK_TICKS = 100


class Server:
    """One life of `daybook serve`."""

    def __init__(self, binary: str, directory: Path):
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [binary, "serve", "--data-dir", directory, "--http-port", str(PORT),
             "--metrics-port", "0", "--app-id", "bench"],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"\bfold=\"?(\d+) ms", line):
                self.fold = int(found[1]) / 1000
                self.serving = time.monotonic() - self.began
                return
        raise SystemExit(f"the server ended with {self.process.wait()}")

    @property
    def private_mib(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def end(self, number: int):
        self.process.send_signal(number)
        self.process.stderr.read()
        self.process.wait()


def measure_boots(binary: str, directory: Path, checkpoint: Path, *, with_checkpoint: bool):
    boots, memory = [], []
    for _ in range(ROUNDS):
        if not with_checkpoint:
            checkpoint.unlink(missing_ok=True)
        server = Server(binary, directory)
        boots.append(server.serving)
        memory.append(server.private_mib)
        server.end(signal.SIGKILL)
    print(f"boot {'with' if with_checkpoint else 'without'} a checkpoint, from exec to serving: "
          f"median {statistics.median(boots):.2f} s ({min(boots):.2f}-{max(boots):.2f}), "
          f"private memory then {max(memory):.0f} MiB", flush=True)
    return statistics.median(boots)


def measure_checkpoint(binary: str, directory: Path, checkpoint: Path):
    """One is written after the first turn, if the tail is long enough."""
    checkpoint.unlink(missing_ok=True)
    server = Server(binary, directory)
    before = peak = server.private_mib
    subprocess.run(["curl", "-fsS", "-X", "POST", f"http://127.0.0.1:{PORT}/v1.0/jobs/first",
                    "-d", '{"dueTime": "2100-01-01T00:00:00Z", "overwrite": true}'], check=True)
    began = time.monotonic()
    while not checkpoint.exists():
        peak = max(peak, server.private_mib)
        time.sleep(0.02)
    print(f"checkpoint: {time.monotonic() - began:.1f} s, {checkpoint.stat().st_size >> 20} MiB; "
          f"private memory {before:.0f} MiB before it, {peak:.0f} MiB at its peak", flush=True)
    server.end(signal.SIGTERM)


def rate(path: str) -> str:
    """Of requests one after another, as wrk sees it."""
    text = subprocess.run(
        ["wrk", "-t1", "-c1", "-d5", "--latency", f"http://127.0.0.1:{PORT}{path}"],
        check=True, capture_output=True, text=True).stdout
    p50, p99 = (re.search(rf"{share}%\s+(\S+)", text)[1] for share in (50, 99))
    each_second = re.search(r"Requests/sec:\s+(\S+)", text)[1]
    return f"{each_second}/s  p50 {p50}  p99 {p99}"


def measure_serving(binary: str, directory: Path):
    server = Server(binary, directory)
    name = f"job-{500_000:028d}"
    for path in (f"/v1.0/jobs/{name}", "/v1.0/jobs?limit=1", "/v1.0/jobs?limit=100"):
        print(f"GET {path}: {rate(path)}", flush=True)
    # Until what a boot from a checkpoint did not read is checked, it does not idle.
    previous = server.cpu_seconds
    while True:
        time.sleep(5)
        if server.cpu_seconds - previous < 0.1:
            break
        previous = server.cpu_seconds
    before = server.cpu_seconds
    time.sleep(60)
    used = server.cpu_seconds - before
    print(f"idle: {used / 60 * 100:.3f} % of a core over 60 s; "
          f"private memory {server.private_mib:.0f} MiB", flush=True)
    server.end(signal.SIGTERM)


def main():
    binary, directory = sys.argv[1], Path(sys.argv[2])
    checkpoint = directory / "checkpoint"
    whole = measure_boots(binary, directory, checkpoint, with_checkpoint=False)
    measure_checkpoint(binary, directory, checkpoint)
    part = measure_boots(binary, directory, checkpoint, with_checkpoint=True)
    print(f"without / with: {whole / part:.1f}")
    measure_serving(binary, directory)


main()
