"""Generators of load that others wrote."""

import re
from dataclasses import dataclass
from pathlib import Path

from bench import SUITE, Bench

MILLISECONDS = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}


@dataclass
class Load:
    # A second.
    rate: float
    # Milliseconds.
    p50: float = 0
    p99: float = 0
    # That were answered well, and that were not.
    calls: int = 0
    errors: int = 0


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * MILLISECONDS[unit]


def wrk(port: int, connections: int, seconds: int, *, post: str = "", path: str = "") -> Load:
    """GETs of `path`; or POSTs of jobs, whose names begin with `post`, no two the same."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency"]
    if post:
        command += ["-s", SUITE / "post.lua"]
    command += [f"http://127.0.0.1:{port}{path}", "--", post]
    text = Bench.said(*command)
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"not all was accepted:\n{text}")
    p50, p99 = (
        milliseconds(re.search(rf"^ +{share}%\s+(\S+)", text, re.MULTILINE)[1])
        for share in (50, 99)
    )
    return Load(float(re.search(r"Requests/sec:\s+(\S+)", text)[1]), p50, p99)


def h2load(
    url: str, body: Path, connections: int, streams: int, seconds: int, log: Path | None = None
) -> Load:
    """Calls of gRPC, with `streams` in flight on each connection. Latencies are found in a log."""
    logging = [f"--log-file={log}"] if log else []
    if log:
        log.unlink(missing_ok=True)
    text = Bench.said(
        "h2load", f"-c{connections}", f"-m{streams}", f"-D{seconds}", "-d", body, *logging,
        "-H", "content-type: application/grpc", "-H", "te: trailers", url)  # fmt: skip
    calls, failed, errored = map(
        int, re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", text).groups()
    )
    rate = float(re.search(r"finished in [^,]+, (\S+) req/s", text)[1])
    # Each line: when it began, its status, and microseconds until its answer.
    lines = log.read_text().splitlines() if log else []
    times = sorted(int(line.split()[2]) / 1e3 for line in lines) or [0]
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    return Load(rate, p50, p99, calls, failed + errored)
