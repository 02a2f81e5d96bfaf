"""One life of the real program, `daybook serve`, and what one sees of it from outside."""

import json
import signal
import subprocess
import threading
import time
from pathlib import Path

from bench import Bench
from Harness import footprint, server
from Harness.waiting import free_port


class Server(server.Server):
    def __init__(
        self, bench: Bench, directory: Path, *flags, from_checkpoint=True,
        binaries: Path | None = None,
    ):  # fmt: skip
        """Returns when it serves; `seconds` is how long that took from exec on."""
        super().__init__(
            directory, app_id="bench", scheduler_port=free_port(), metrics_port=free_port(),
            flags=flags, binary=(binaries or bench.binaries) / "daybook")  # fmt: skip
        self.checkpoint = directory / "checkpoint"
        if not from_checkpoint:
            self.checkpoint.unlink(missing_ok=True)
        began = time.monotonic()
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        # Read and not looked for: that would take processor time from what is measured.
        for line in self.process.stderr:
            if json.loads(line).get("message") == "serving":
                break
        else:
            raise SystemExit(f"the server ended with {self.process.wait()}")
        self.seconds = time.monotonic() - began
        # Since 1970.
        self.serving_at = time.time()
        # It may never wait for somebody to read what it says.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.is_running:
            self.signal(signal.SIGTERM)
            self.process.wait()

    @property
    def private_mib(self) -> float:
        return footprint.private_bytes(self.process.pid) / 2**20

    @property
    def cpu_seconds(self) -> float:
        return footprint.cpu_seconds(self.process.pid)

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
