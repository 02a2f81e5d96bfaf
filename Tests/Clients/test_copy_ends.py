"""A copy that ends before its end: killed, interrupted, on a full disk. The target is whole or
not there."""

import os
import pty
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

import lists
from clients import busy
from Harness import replay
from Harness.programs import REPLAY
from Harness.replay import BROKEN, DATA, FINE, unfinished
from Harness.waiting import wait_until
from server import Server
from judging import judge


@pytest.fixture(scope="module")
def large(tmp_path_factory, ports):
    """A server that has stopped, with a log that takes some time to copy: 45 MiB of payloads."""
    server = Server(tmp_path_factory.mktemp("large") / "data", ports.free(), None)
    try:
        server.start()
        # An unoptimized build takes a second for each.
        server.client.timeout = 120
        lists.schedule_many(server, [f"job {number}" for number in range(15)], data="x" * (3 << 20))
        server.stop()
        judge(server)
    finally:
        server.abandon()
    return server.directory


@pytest.fixture
def copying(tmp_path):
    """Starts copies to `tmp_path`/copy that run beside the test: copying(source)."""
    started: list[subprocess.Popen] = []

    def start(source: Path, **options) -> subprocess.Popen:
        command = [str(REPLAY), "copy", "--data-dir", str(source), str(tmp_path / "copy")]
        started.append(subprocess.Popen(command, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_progress_is_shown_on_a_terminal_only(large, copying):
    ours, theirs = pty.openpty()
    process = copying(large, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    assert process.wait(60) == FINE
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert re.search(r"\r\x1b\[K\d+ of \d+ records, \d+ %", shown)
    assert shown.endswith("\r\x1b[K")


def test_a_killed_copy_leaves_no_target_and_the_next_one_succeeds(large, copying, tmp_path, rounds):
    target = tmp_path / "copy"
    data = unfinished(target) / "log" / "00000000000000000001.new" / "data.mdb"
    killed = 0
    for number in range(8 * rounds):
        process = copying(large)
        size = number * 6 << 20
        wait_until(
            lambda: process.poll() is not None or data.exists() and data.stat().st_size > size,
            "so much is written",
        )
        process.kill()
        if process.wait() == -signal.SIGKILL:
            killed += 1
            # It may have come after the last step.
            assert not target.exists() or not unfinished(target).exists()
        if target.exists():
            replay.sound(target)
            shutil.rmtree(target)
    assert killed > 0
    head = replay.copy(large, target)["head"]
    assert replay.sound(target)["head"] == head == replay.sound(large)["head"]


@pytest.mark.parametrize("ask", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_copy_leaves_nothing(large, copying, tmp_path, ask):
    target = tmp_path / "copy"
    process = copying(large, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(unfinished(target).exists, "the copy has begun")
    process.send_signal(signal.SIGSTOP)
    process.send_signal(ask)
    process.send_signal(signal.SIGCONT)
    output, error = process.communicate(timeout=60)
    assert process.returncode == -ask, error
    assert output == b""
    assert not target.exists() and not unfinished(target).exists()


def test_a_killed_copy_does_not_hold_up_the_writer(serve, copying):
    """What it was reading when it died is given back; the writer goes on all the same."""
    server = serve()
    lists.schedule_many(server, [f"job {number}" for number in range(20)], data="x" * (1 << 18))
    with busy(server):
        for _ in range(5):
            process = copying(server.directory)
            wait_until(lambda: process.poll() is not None or is_reading(process), "it has begun")
            process.kill()
            process.wait()
            server.schedule("meanwhile", dueTime="1h")
    replay.sound(server.directory)


def is_reading(process: subprocess.Popen) -> bool:
    try:
        descriptors = list(Path(f"/proc/{process.pid}/fd").iterdir())
        return any(os.readlink(path).endswith(DATA.name) for path in descriptors)
    except FileNotFoundError:
        return False


def test_a_full_disk_is_said_and_nothing_is_left_on_it(large, small_disk):
    disk = small_disk(20)
    result = replay.run("copy", "--data-dir", large, disk / "copy")
    assert (result.returncode, result.stdout) == (BROKEN, "")
    assert "no space left for" in result.stderr and "left behind" not in result.stderr
    assert list(disk.iterdir()) == []
