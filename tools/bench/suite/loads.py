"""Generators of load that others wrote."""

import re
import subprocess
from dataclasses import dataclass

from bench import SUITE

MILLISECONDS = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}


@dataclass
class Load:
    # A second.
    rate: float
    # Milliseconds.
    p50: float
    p99: float


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * MILLISECONDS[unit]


def wrk(port: int, connections: int, seconds: int, *, post: str = "", path: str = "") -> Load:
    """GETs of `path`; or POSTs of jobs, whose names begin with `post`, no two the same."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency"]
    if post:
        command += ["-s", SUITE / "post.lua"]
    command += [f"http://127.0.0.1:{port}{path}", "--", post]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"not all was accepted:\n{text}")
    p50, p99 = (
        milliseconds(re.search(rf"^ +{share}%\s+(\S+)", text, re.MULTILINE)[1])
        for share in (50, 99)
    )
    return Load(float(re.search(r"Requests/sec:\s+(\S+)", text)[1]), p50, p99)


def h2load(url: str, body, connections: int, streams: int, seconds: int) -> float:
    """Calls of gRPC a second, with `streams` in flight on each connection."""
    text = subprocess.run(
        ["h2load", f"-c{connections}", f"-m{streams}", f"-D{seconds}", "-d", body,
         "-H", "content-type: application/grpc", "-H", "te: trailers", url],
        check=True, capture_output=True, text=True).stdout  # fmt: skip
    if not re.search(r" 0 failed, 0 errored", text):
        raise SystemExit(f"not all was accepted:\n{text}")
    return float(re.search(r"finished in [^,]+, (\S+) req/s", text)[1])
