"""What `daybook import dapr` refuses, and what a kill or a full disk leaves behind: no log, or all
of it."""

import base64
import json
import os
import signal
from pathlib import Path

import pytest

from Harness import replay
from Harness.programs import complaint, daybook
from moving import accepted, at, job, move_in
from peers import export

USAGE, REFUSED, CANNOT_OPEN, IO_ERROR = 2, 1, 3, 6
BAD = [
    {"name": "a/b", "schedule": "@daily"},
    {"name": "uncounted", "schedule": "@daily", "counter": {"count": 2}},
]


def test_all_or_nothing_unless_asked_to_leave_jobs_out(tmp_path, directory):
    bad = [job(start=at(-10), **{"partitionID": 0} | one) for one in BAD]
    file = export(tmp_path / "jobs.gob", job("good", start=at(-10), schedule="@daily"), *bad)
    arguments = ("import", "dapr", file, "--data-dir", directory, "-o", "json")
    result = daybook(*arguments)
    assert result.returncode == REFUSED
    assert "2 jobs cannot be moved in, so nothing was written" in result.stderr
    assert not directory.exists()
    report = json.loads(result.stdout)
    assert report["summary"]["isWritten"] is False
    reasons = {one["key"]: one["reason"] for one in report["jobs"] if one["result"] == "refused"}
    assert reasons == {
        "app||default||shop||a/b": 'name: must not contain "/"',
        "app||default||shop||uncounted":
            "counter: says that 2 ticks have run, but not when the last was due",
    }  # fmt: skip
    assert [one["name"] for one in report["jobs"] if one["result"] == "movable"] == ["good"]
    report = move_in(file, directory, "--skip-refused")
    assert report["summary"]["jobs"] == 1 and report["summary"]["refused"] == 2
    assert list(accepted(directory)) == ["good"]


def test_a_directory_with_a_log_is_refused_and_stays_as_it_is(serve, file, tmp_path):
    server = serve()
    server.schedule("mine", dueTime="1h")
    running = daybook("import", "dapr", file, "--data-dir", server.directory)
    assert "in use by" in complaint(running, CANNOT_OPEN)
    server.stop()
    before = server.store.read_bytes()
    refused = daybook("import", "dapr", file, "--data-dir", server.directory)
    assert f"{server.directory} has a log already" in complaint(refused, CANNOT_OPEN)
    assert server.store.read_bytes() == before
    notes = tmp_path / "notes"
    notes.mkdir(mode=0o700)
    (notes / "mine").write_text("x")
    strange = daybook("import", "dapr", file, "--data-dir", notes)
    assert "is not a Daybook data directory" in complaint(strange, CANNOT_OPEN)


def test_what_is_no_export_is_refused_with_its_place(file, tmp_path, directory):
    torn = tmp_path / "torn.gob"
    torn.write_bytes(file.read_bytes()[:-7])
    for path, code, words in (
        (torn, REFUSED, "is no export of jobs: byte 84: a message has"),
        (Path(__file__), REFUSED, "byte 1: the value is no struct of Jobs and Counters"),
        (tmp_path / "none", CANNOT_OPEN, "cannot read"),
        (tmp_path, CANNOT_OPEN, "cannot read"),
    ):
        result = daybook("import", "dapr", path, "--data-dir", directory)
        assert words in complaint(result, code)
    assert not directory.exists()
    assert daybook("import", "dapr", file).returncode == USAGE
    orphan = daybook("import", "dapr", file, "--data-dir", tmp_path / "a/b")
    complaint(orphan, CANNOT_OPEN)


# Kills and full disks

BEFORE = ["log-directory-made", "segment-made", "environment-made", "identity-stored",
          "record-put@1", "record-put@3", "seal-put@2", "segment-synced"]  # fmt: skip
AFTER = ["segment-named", "segment-durable"]


@pytest.mark.parametrize("failpoint", BEFORE + AFTER)
def test_a_kill_leaves_no_log_or_all_of_it(serve, app, file, directory, failpoint):
    killed = daybook(
        "import", "dapr", file, "--data-dir", directory,
        env=os.environ | {"DAYBOOK_FAILPOINT": failpoint},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if failpoint in AFTER:
        again = daybook("import", "dapr", file, "--data-dir", directory)
        assert "has a log already" in complaint(again, CANNOT_OPEN)
    else:
        assert "there is no log" in replay.run("audit", "--data-dir", directory).stderr
        assert move_in(file, directory)["summary"]["jobs"] == 1
    replay.sound(directory)
    server = serve(app, directory)
    assert server.get("report").json()["status"]["ticksDone"] == 3


def test_a_full_disk_leaves_no_log(tmp_path, small_disk):
    payload = base64.b64encode(bytes(6 << 20)).decode()
    large = [
        job(f"large {number}", start=at(-1), schedule="@daily", typeURL="", payload=payload)
        for number in range(3)
    ]  # fmt: skip
    file = export(tmp_path / "jobs.gob", *large)
    directory = small_disk(12) / "moved"
    result = daybook("import", "dapr", file, "--data-dir", directory)
    assert "no space left" in complaint(result, IO_ERROR)
    assert "there is no log" in replay.run("audit", "--data-dir", directory).stderr
