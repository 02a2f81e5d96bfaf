"""`daybook-replay verify`: what is sound passes, and nothing that was changed does."""

import os
import shutil
import signal
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import lists
from forgery import Forgery, crc32c
from Harness import replay
from Harness.programs import REPLAY
from Harness.replay import BROKEN, DAMAGED, DATA, FINDINGS, FINE, PAGE, USAGE, Flips
from Harness.waiting import wait_until

CREATED = 4


@pytest.fixture
def log(serve, tmp_path):
    """A copy of a small log whose server has stopped. The judge sees the original."""
    server = serve()
    for number in range(20):
        server.schedule(f"with data {number}", dueTime="1h", data="x" * (200 * number))
        server.schedule(f"without {number}", schedule="@every 1h")
    lists.delete_all(server, "with data 1")
    server.stop()
    shutil.copytree(server.directory, tmp_path / "log")
    return tmp_path / "log"


def created(forgery: Forgery) -> list[int]:
    """The jobs accepted, oldest first."""
    return [number for number, record in sorted(forgery.events.items()) if record[0] == CREATED]


# What is sound


def test_a_live_log_is_sound_at_every_moment(serve, app):
    server = serve(app)
    server.schedule("often", schedule="@every 20ms", data={"a": 1})
    heads = []
    for number in range(15):
        server.schedule(f"job {number}", dueTime="1h", data="x" * number)
        heads.append(replay.sound(server.directory)["head"])
        app.wait_for("often", 3 * number + 1)
    server.delete("often")
    places = [head["last"] for head in heads]
    assert places == sorted(set(places))
    for head in heads:
        report = replay.sound(server.directory, "--head", head["digest"])
        assert report["notedHead"] == {"digest": head["digest"], "last": head["last"]}


def test_a_person_reads_what_was_checked(log):
    result = replay.run("verify", "--data-dir", log)
    lines = {line[:21].strip(): line[21:] for line in result.stdout.splitlines()}
    assert result.returncode == FINE
    assert set(lines) == {"log", "head", "records", "payloads", "down", "silent", "clock"} | {
        "checkpoint", "verdict"
    }
    assert lines["verdict"] == "sound"
    assert lines["payloads"].startswith("20, ")
    noted = lines["head"].partition(",")[0]
    head = replay.sound(log)["head"]
    assert noted == f"{head['last']}:{head['digest']}"
    result = replay.run("verify", "--data-dir", log, "--head", noted.upper())
    assert "still the head" in result.stdout and result.returncode == FINE


def test_nothing_in_the_log_is_changed(log):
    before = (log / DATA).read_bytes()
    replay.sound(log)
    assert (log / DATA).read_bytes() == before


# A digest noted earlier


def test_an_older_copy_in_the_place_of_the_log_is_found(server, tmp_path):
    server.schedule("kept", dueTime="1h")
    old = replay.copy(server.directory, tmp_path / "old")["head"]
    server.schedule("lost", dueTime="1h")
    noted = replay.sound(server.directory)["head"]
    code, report = replay.verify(tmp_path / "old", "--head", noted["digest"])
    assert code == FINDINGS
    assert [found["kind"] for found in report["findings"]] == ["headNotFound"]
    assert report["notedHead"] == {"digest": noted["digest"]}
    replay.sound(server.directory, "--head", old["digest"])


def test_a_log_rewritten_with_fitting_digests_is_found_by_a_noted_one(log):
    noted = replay.sound(log)["head"]["digest"]
    with Forgery(log) as forgery:
        victim = created(forgery)[3]
        assert b"127.0.0.1" in forgery.events[victim]
        forgery.events[victim] = forgery.events[victim].replace(b"127.0.0.1", b"127.0.0.2")
    assert replay.sound(log)["head"]["digest"] != noted
    code, report = replay.verify(log, "--head", noted)
    assert code == FINDINGS and report["findings"][0]["kind"] == "headNotFound"


def test_a_noted_head_is_a_place_and_a_digest(log, tmp_path):
    line = replay.run("verify", "--data-dir", log).stdout.splitlines()[1]
    noted = line.split()[1].rstrip(",")
    place, digest = noted.split(":")
    assert replay.sound(log, "--head", noted)["notedHead"] == {"digest": digest, "last": int(place)}
    replay.copy(log, tmp_path / "old", "--to", "6")
    for directory, wrong, why in (
        (log, f"{int(place) - 1}:{digest}", "rewritten"),
        (log, f"{place}:{digest[::-1]}", "rewritten"),
        (tmp_path / "old", noted, "its end is lost"),
    ):
        code, report = replay.verify(directory, "--head", wrong)
        assert code == FINDINGS
        [finding] = report["findings"]
        assert finding["kind"] == "headNotFound" and why in finding["explanation"]
        assert finding["sequence"] == int(wrong.partition(":")[0])


@pytest.mark.parametrize(
    "digest",
    ["", "12", "z" * 64, "+a" * 32, "a" * 63, "a" * 65, "12:", f"x:{'a' * 64}", f"-1:{'a' * 64}"]
    + [f":{'a' * 64}", f"1:2:{'a' * 64}"],
)
def test_what_is_no_digest_is_wrong_usage(log, digest):
    assert replay.run("verify", "--data-dir", log, "--head", digest).returncode == USAGE


# Changes whose checksums and digests all fit


def other_payload(forgery: Forgery) -> int:
    victim = list(forgery.payloads)[5]
    forgery.payloads[victim] = forgery.payloads[victim][:-1] + b"?"
    return victim


def longer_payload(forgery: Forgery) -> int:
    victim = list(forgery.payloads)[5]
    forgery.payloads[victim] += b"?"
    return victim


def lost_payload(forgery: Forgery) -> int:
    victim = list(forgery.payloads)[5]
    del forgery.payloads[victim]
    return victim


def payload_of_no_job(forgery: Forgery) -> int:
    victim = next(number for number in created(forgery) if number not in forgery.payloads)
    forgery.payloads[victim] = b"left over"
    return victim


def payload_behind_the_head(forgery: Forgery) -> int:
    forgery.payloads[max(forgery.events) + 7] = b"left over"
    return max(forgery.events) + 7


def name_taken(forgery: Forgery) -> int:
    first, second = [number for number in created(forgery) if number not in forgery.payloads][:2]
    forgery.events[second] = forgery.events[first]
    return second


def unknown_event(forgery: Forgery) -> int:
    victim = created(forgery)[4]
    forgery.events[victim] = b"\xee" + forgery.events[victim][1:]
    return victim


@pytest.mark.parametrize(
    "change",
    [
        other_payload, longer_payload, lost_payload, payload_of_no_job, payload_behind_the_head,
        name_taken, unknown_event,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_a_change_that_fits_the_chain_is_damage_where_it_is(log, change):
    with Forgery(log) as forgery:
        place = change(forgery)
    code, report = replay.verify(log)
    assert code == DAMAGED
    assert report["damage"]["sequence"] == place
    assert report["trustworthy"]["last"] == min(place - 1, max(forgery.events))
    result = replay.run("verify", "--data-dir", log)
    assert f"damaged at record {place}: " in result.stdout


@pytest.mark.parametrize("field", ["time", "decided through"])
def test_times_of_a_turn_that_contradict_each_other_are_findings(log, field):
    with Forgery(log) as forgery:
        end = sorted(forgery.seals)[7]
        row = forgery.seals[end]
        time, decided = struct.unpack_from("<qq", row, 8)
        times = (time + 1, decided) if field == "time" else (time, time + 1)
        forgery.seals[end] = row[:8] + struct.pack("<qq", *times) + row[24:]
    code, report = replay.verify(log)
    assert code == FINDINGS
    assert {found["kind"] for found in report["findings"]} == {"sealTime"}
    assert report["trustworthy"]["last"] == report["head"]["last"]


# Changes of single bits and pages


def test_flipped_bits_never_pass_for_another_log(log, tmp_path, rounds):
    digest = replay.sound(log)["head"]["digest"]
    flips = Flips(log, seed=20_261_122)

    def verdict(number: int) -> str:
        directory = tmp_path / f"flip {number}"
        place = flips.make(number, directory)
        code, report = replay.verify(directory)
        shutil.rmtree(directory)
        if code == DAMAGED:
            return "died" if "ended the process" in report["damage"]["detail"] else "named"
        assert code == FINE and report["head"]["digest"] == digest, f"flip {number} at {place}"
        return "unused"

    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(verdict, range(300 * rounds)))
    print({verdict: verdicts.count(verdict) for verdict in set(verdicts)})
    assert verdicts.count("named") > 50 * rounds


def test_torn_pages_end_only_the_process_that_reads(log, tmp_path):
    """Every page in turn; most of LMDB's own end whoever reads them by a signal."""
    digest = replay.sound(log)["head"]["digest"]
    whole = (log / DATA).read_bytes()
    torn = tmp_path / "torn"
    deaths = 0
    for start in range(0, len(whole), PAGE):
        replay.lay(torn, whole[:start] + bytes(PAGE) + whole[start + PAGE :])
        code, report = replay.verify(torn)
        if code == DAMAGED:
            deaths += "ended the process" in report["damage"]["detail"]
        else:
            assert code == FINE and report["head"]["digest"] == digest
    assert deaths > 0


def test_a_truncated_file_is_damage(log, tmp_path):
    whole = (log / DATA).read_bytes()
    cut = tmp_path / "cut"
    for size in [0, 1, 100, *range(PAGE, len(whole), 3 * PAGE), len(whole) - 1]:
        replay.lay(cut, whole[:size])
        code, report = replay.verify(cut)
        assert code == DAMAGED and "trustworthy" not in report


def test_a_reading_process_that_is_killed_says_nothing_of_the_log(log):
    """Stopped before it can have read all, then killed."""
    command = [str(REPLAY), "verify", "--data-dir", str(log)]
    fifo = log / "checkpoint"
    os.mkfifo(fifo)  # The reading waits for a writer of it.
    verify = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    children = Path(f"/proc/{verify.pid}/task/{verify.pid}/children")
    child = wait_until(children.read_text, "the reading process has started")
    os.kill(int(child), signal.SIGKILL)
    output, error = verify.communicate(timeout=60)
    assert (verify.returncode, output) == (BROKEN, "")
    assert "before its time" in error


def test_a_newer_format_is_named(log):
    content = (log / DATA).read_bytes()
    old, new = [b"format" + number.to_bytes(4, "little") for number in (0, 9)]
    old, new = [row + crc32c(row).to_bytes(4, "little") for row in (old, new)]
    assert old in content
    (log / DATA).write_bytes(content.replace(old, new))
    result = replay.run("verify", "--data-dir", log)
    assert (result.returncode, result.stdout) == (7, "")
    assert "format 9" in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_its_verbs_and_flags(shell, tmp_path):
    result = replay.run("--generate-completion-script", shell)
    assert (result.returncode, result.stderr) == (0, "")
    for word in (
        "audit", "verify", "copy", "export", "state", "diff", "data-dir", "head", "to", "payloads"
    ):
        assert word in result.stdout
    # That flag is between two processes of it.
    assert "is-reading" not in result.stdout + replay.run("verify", "--help-hidden").stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=result.stdout, text=True, check=True)
