"""One life of the real program, `daybook serve`, and what one sees of it from outside."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

from bench import Bench

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_listening(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)


class Server:
    def __init__(
        self, bench: Bench, directory: Path, *flags, from_checkpoint=True,
        binaries: Path | None = None,
    ):  # fmt: skip
        """Returns when it serves; `seconds` is how long that took from exec on."""
        self.checkpoint = directory / "checkpoint"
        if not from_checkpoint:
            self.checkpoint.unlink(missing_ok=True)
        began = time.monotonic()
        self.process = subprocess.Popen(
            [(binaries or bench.binaries) / "daybook", "serve", "--data-dir", directory,
             "--app-id", "bench", "--http-port", "auto", "--scheduler-port", "auto",
             "--metrics-port", "auto", "--grpc-port", "0", "--log-format", "json",
             *map(str, flags)],
            stderr=subprocess.PIPE, text=True)  # fmt: skip
        for line in self.process.stderr:
            found = json.loads(line)
            if found.get("message") == "serving":
                self.serving_at = time.monotonic()
                self.seconds = self.serving_at - began
                self.port, self.scheduler_port, self.metrics_port = (
                    int(found[name].rsplit(":", 1)[1]) for name in ("http", "scheduler", "metrics")
                )
                break
        else:
            raise SystemExit(f"the server ended with {self.process.wait()}")
        # It may never wait for somebody to read what it says.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end(signal.SIGTERM)

    def kill(self) -> None:
        """`kill -9`."""
        self.end(signal.SIGKILL)

    def end(self, number: int) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait()

    @property
    def private_mib(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def metric(self, name: str) -> float:
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url) as answer:
            text = answer.read().decode()
        return sum(
            float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
        )

    def schedule(self, name: str, **fields) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1.0/jobs/{name}", json.dumps(fields).encode(),
            {"content-type": "application/json"})  # fmt: skip
        with urllib.request.urlopen(request) as answer:
            answer.read()

    def wait_until_quiet(self, share=0.02) -> None:
        """After a start from a checkpoint the rest of the log is still read and checked."""
        while True:
            before = self.cpu_seconds
            time.sleep(2)
            if self.cpu_seconds - before < share * 2:
                return

    def write_checkpoint(self) -> tuple[float, float]:
        """After a start without one, it is written with the first turn if the records are many.
        Seconds, and private MiB at the peak."""
        peak, began = self.private_mib, time.monotonic()
        self.schedule("first", dueTime="2100-01-01T00:00:00Z", overwrite=True)
        while not self.checkpoint.exists():
            peak = max(peak, self.private_mib)
            time.sleep(0.01)
        return time.monotonic() - began, max(peak, self.private_mib)
