"""`daybook-replay` as people ask it: with as few flags as leave no doubt, about jobs that are not
there, on a terminal of eighty columns."""

import fcntl
import json
import os
import pty
import shutil
import struct
import subprocess
import termios

import pytest

from Harness import replay
from Harness.app import Answer
from Harness.programs import REPLAY
from Harness.replay import CANNOT_OPEN, FINDINGS, FINE, USAGE

VERBS = [
    "audit", "history", "explain", "timeline", "verify", "copy", "export", "state", "diff",
]  # fmt: skip
OF_A_JOB = ["history", "explain", "timeline"]


@pytest.fixture
def log(server, app):
    """A log with the jobs of one app."""
    app.answers("dropped", Answer(200, {"status": "DROPPED"}))
    app.answers("unknown", Answer(404))
    for name in ("report", "dropped", "unknown"):
        server.schedule(name, dueTime="0s")
    server.wait_until_gone("report", "dropped", "unknown")
    server.schedule("later", schedule="@every 1h")
    return server.directory


@pytest.fixture
def two_apps(deploy):
    """A log with jobs of two apps."""
    server = deploy(shop={}, bank={})
    for name, jobs in (("shop", ["report", "both"]), ("bank", ["invoice", "both"])):
        for job in jobs:
            server.of(name).schedule(job, dueTime="1h")
    return server.directory


def asking(verb: str, name: str, tmp_path) -> list[str]:
    more = {"explain": ["--at", "now"], "timeline": ["--svg", str(tmp_path / "svg")]}
    return [verb, name, *more.get(verb, [])]


def refused(code: int, *arguments) -> str:
    result = replay.run(*arguments)
    assert (result.returncode, result.stdout) == (code, ""), result.stdout
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


# As few flags as leave no doubt


def test_the_directory_is_the_one_that_the_server_takes(log, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    shutil.copytree(log, here / "daybook-data", ignore=shutil.ignore_patterns("*.sock"))
    by_name = {"env": os.environ | {"DAYBOOK_DATA_DIR": str(log)}, "cwd": tmp_path}
    for options in ({"cwd": here}, by_name):
        for arguments in (["audit"], ["verify"], ["history", "report"], ["export"], ["state"]):
            result = replay.run(*arguments, **options)
            assert (result.returncode, result.stderr) == (FINE, ""), arguments
        copied = replay.run("copy", tmp_path / f"copy{len(options)}", **options)
        assert copied.returncode == FINE, copied.stderr
    assert replay.run("audit", cwd=tmp_path).returncode == CANNOT_OPEN


@pytest.mark.parametrize("verb", OF_A_JOB)
def test_the_app_need_not_be_named_if_there_is_one(log, tmp_path, verb):
    asked = [*asking(verb, "report", tmp_path), "--data-dir", log]
    short, long = replay.run(*asked), replay.run(*asked, "--app", "shop")
    assert short.returncode == long.returncode == FINE, short.stderr
    if verb == "history":
        assert short.stdout == long.stdout


@pytest.mark.parametrize("verb", OF_A_JOB)
def test_of_several_apps_the_name_decides_or_the_flag_must(two_apps, tmp_path, verb):
    data = ("--data-dir", two_apps)
    found = replay.run(*asking(verb, "invoice", tmp_path), *data)
    assert found.returncode == FINE, found.stderr
    said = refused(USAGE, *asking(verb, "both", tmp_path), *data)
    assert said.endswith(
        "--app must say whose job is meant: a job of this name belongs to"
        " default/bank, default/shop\n"
    )
    said = refused(USAGE, *asking(verb, "nothing", tmp_path), *data)
    assert said.endswith(
        "the log has no such job; it has jobs of default/bank, default/shop\n"
    )


def test_an_instant_may_be_now(log):
    now = replay.run("state", "--at", "now", "--data-dir", log)
    assert now.stdout == replay.run("state", "--data-dir", log).stdout != ""
    assert replay.export(log, "--to", "now") == replay.export(log)
    told = replay.run("explain", "later", "--at", "now", "--data-dir", log).stdout
    assert "No tick is due then; the next after it by the schedule: 20" in told


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_how_it_prints(log, tmp_path, verb):
    assert "-o, --output" in replay.run(verb, "--help").stdout
    if verb == "timeline":
        asked = [*asking(verb, "report", tmp_path), "-o", "json", "--data-dir", log]
        drawn = json.loads(replay.run(*asked).stdout)
        assert drawn == {"svg": str(tmp_path / "svg"), "ticks": 1, "ticksDrawn": 1}


# What is not there


def test_an_audit_of_what_never_was_says_what_there_is(two_apps, tmp_path):
    data = ("--data-dir", two_apps)
    said = refused(USAGE, "audit", "--app", "shopp", *data)
    assert said.endswith(
        "the log has no job with --app shopp: it has jobs of default/bank, default/shop\n"
    )
    said = refused(USAGE, "audit", "--job", "reprot", *data)
    assert "no job with --job reprot: the nearest names are report; it has jobs of" in said
    said = refused(USAGE, "audit", "--app", "bank", "--job", "report", *data)
    assert "no job with --job report --app bank: a job of this name belongs to default/shop" in said
    # It is there, and no tick of it was due.
    assert replay.run("audit", "--app", "bank", "--job", "invoice", *data).returncode == FINE


@pytest.mark.parametrize("verb", OF_A_JOB)
def test_a_job_of_another_app_is_said_to_be_that(two_apps, tmp_path, verb):
    asked = [*asking(verb, "report", tmp_path), "--app", "bank", "--data-dir", two_apps]
    said = refused(USAGE, *asked)
    assert "no job default/bank/report: a job of this name belongs to default/shop;" in said


def test_a_name_that_nobody_has_is_told_with_the_nearest(log):
    data = ("--app", "shop", "--data-dir", log)
    result = replay.run("history", "Reports", *data)
    assert result.returncode == FINDINGS
    assert result.stderr.endswith(
        "there: the nearest names are report; it has jobs of default/shop\n"
    )
    result = replay.run("explain", "reports", "--at", "now", *data)
    assert result.returncode == FINDINGS
    assert "ever accepted: the nearest names are report; it has jobs of" in result.stdout


def test_a_log_without_jobs_has_none(serve, app):
    server = serve(app)
    said = refused(USAGE, "audit", "--app", "shop", "--data-dir", server.directory)
    assert "it has no jobs at all" in said


def test_a_directory_that_is_not_ours_is_told_to_have_no_log(tmp_path):
    """Whatever others may do in it: nothing is to be changed there."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    foreign.chmod(0o777)
    for name in ("", "letters.txt"):
        if name:
            (foreign / name).write_text("dear")
        for verb in ("audit", "verify", "export"):
            said = refused(CANNOT_OPEN, verb, "--data-dir", foreign)
            assert "chmod" not in said
            words = "is not a Daybook data directory" if name else "there is no log in"
            assert words in said


# Words


def test_downtime_is_one_thing_for_all_who_tell_of_it(serve, app):
    server = serve(app)
    for _ in range(2):
        server.kill()
        server.start()
    _, report = server.audit()
    clock = replay.sound(server.directory)["clock"]
    assert clock["downtimes"] == report["uptime"]["downtimes"]["count"] == 2
    assert clock["silences"] == report["uptime"]["silences"]["count"]
    assert "down                 2 times" in replay.run(
        "verify", "--data-dir", server.directory
    ).stdout


def test_answers_are_told_as_what_they_are(log):
    data = ("--app", "shop", "--data-dir", log)
    told = replay.run("history", "dropped", *data).stdout
    assert "was dropped: the app said DROPPED (200)" in told
    told = replay.run("history", "unknown", *data).stdout
    assert "was used up: the app has no handler for the job (404)" in told
    told = replay.run("audit", "--data-dir", log).stdout
    assert "no handler           1 tick used up by a 404 or NOT_FOUND" in told
    assert "1 ticks" not in told and "1 times" not in told and "started 1 time," in told


@pytest.mark.parametrize(
    "asked",
    [
        ["audit"], ["audit", "--max-late", "0s"], ["verify"], ["state"],
        ["explain", "dropped", "--at", "2020-01-01T00:00:00Z", "--next"],
        ["diff", "1", "now"], ["export", "-o", "table"],
    ],
)  # fmt: skip
def test_what_is_for_people_fits_their_terminal(log, asked):
    """A digest is one word, and the only thing that is not broken."""
    lines = on_terminal(80, *asked, "--data-dir", str(log))
    assert len(lines) > 1
    for line in lines:
        assert len(line) <= 80, line


def on_terminal(columns: int, *arguments: str) -> list[str]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown = b""
    with subprocess.Popen(
        [str(REPLAY), *arguments], stdout=theirs, stderr=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    assert process.returncode in (FINE, FINDINGS)
    return shown.decode().replace("\r\n", "\n").splitlines()
