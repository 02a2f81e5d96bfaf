"""The log of the process in a file, and what a file that cannot take it stops: nothing."""

import contextlib
import os

import httpx
import pytest

from Harness.waiting import wait_until
from sidecar import app, scheduler_stub
from test_dapr_flags import start  # noqa: F401
from test_scheduler_service import LATER, names


def test_log_lines_are_added_to_the_end_of_a_file(start, tmp_path):
    log = tmp_path / "s.log"
    log.write_text("before\n")
    server = start("--etcd-data-dir=x", f"--log-file={log}")
    wait_until(lambda: '"serving"' in log.read_text(), "it says so")
    assert log.read_text().startswith("before\n") and server.log.read_text() == ""


@pytest.mark.parametrize("place", ["missing/s.log", ".", "pipe"])
def test_a_log_file_that_cannot_be_opened_is_warned_about(start, tmp_path, place):
    os.mkfifo(tmp_path / "pipe")
    server = start("--etcd-data-dir=x", f"--log-file={tmp_path / place}")
    assert server.line("log file cannot be opened")["level"] == "warning"
    server.line("serving")


@pytest.mark.parametrize("kind", ["full", "unread"])
def test_a_log_file_that_takes_no_more_stops_nothing(start, tmp_path, protos, kind):
    place, reader = "/dev/full", None
    if kind == "unread":
        place = str(tmp_path / "pipe")
        os.mkfifo(place)
        reader = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    server = start("--etcd-data-dir=x", f"--log-file={place}", "--log-level=trace")

    def is_ready() -> bool:
        assert server.process.poll() is None, server.log.read_text()
        try:
            return server.get(server.health_port, "/healthz").status_code == 200
        except httpx.TransportError:
            return False

    wait_until(is_ready, "it serves")
    stub = scheduler_stub(protos, server.port)
    stub.ScheduleJob(name="j", metadata=app(), job={"due_time": LATER})
    assert names(stub, app()) == ["j"]
    stub.channel.close()
    if reader is not None:
        os.close(reader)


@pytest.mark.parametrize("is_file", [False, True], ids=["standard error", "a file"])
def test_a_log_that_nobody_reads_stops_nothing(serve, app, tmp_path, is_file):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(reader, b"-")
    if is_file:
        server = serve(app, flags=["--log-file", str(pipe)])
    else:
        server = serve(app)
        server.stop()
        server.output = pipe
        server.start()
    server.schedule("ticking", schedule="@every 100ms", repeats=5)
    app.wait_for("ticking", 5)
    server.stop()
    os.close(reader)
