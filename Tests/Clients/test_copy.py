"""`daybook-replay copy`: a copy of a live log is the same log, whole, and can be served."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

import lists
from checkpoints import with_checkpoint
from clients import busy
from forgery import Forgery
from Harness import replay
from Harness.replay import CANNOT_OPEN, DAMAGED, DATA, FINE, USAGE, Flips, unfinished


@pytest.fixture
def small(serve):
    """A server that has stopped, with a small log."""
    server = serve()
    lists.schedule_many(server, [f"job {number}" for number in range(30)], data="x" * 100)
    server.stop()
    return server.directory


# A live log


def test_copies_of_a_live_log_are_whole_and_go_on(serve, app, tmp_path, rounds):
    server = serve(app)
    server.schedule("often", schedule="@every 20ms", data={"a": 1})
    heads = []
    with busy(server):
        for number in range(10 * rounds):
            app.wait_for("often", 5 * number + 1)
            server.schedule(f"acknowledged {number}", dueTime="1h", data=number)
            heads.append(check_copy(serve, server.directory, tmp_path / f"copy {number}", number))
    # The original knows all of them, and nothing of what the copies did.
    for head in heads:
        report = replay.sound(server.directory, "--head", head["digest"])
        assert report["notedHead"]["last"] == head["last"]
    assert not server.has("in the copy")


def check_copy(serve, directory, target, acknowledged: int) -> dict:
    """Makes a copy, which must have the jobs acknowledged before; serves it; returns its head."""
    said = replay.copy(directory, target)
    report = replay.sound(target)
    assert report["head"] == said["head"] and report["log"] == said["log"]
    assert report["checked"]["records"] == said["records"] == said["head"]["last"]
    assert replay.audit(target)[0] == FINE
    # No app: nothing is called twice.
    copy = serve(directory=target)
    # What is in its log so far was done by the original, which is judged itself.
    copy.ledger = None
    for number in range(acknowledged + 1):
        assert copy.get(f"acknowledged {number}").json()["data"]["value"] == number
    copy.schedule("in the copy", dueTime="1h")
    copy.stop()
    gone_on = replay.sound(target, "--head", said["head"]["digest"])
    assert gone_on["head"]["last"] > said["head"]["last"]
    return said["head"]


def test_a_copy_is_made_up_to_the_end_of_any_turn(serve, tmp_path):
    server = serve()
    lists.schedule_many(server, [f"job {number}" for number in range(40)], data="x")
    server.stop()
    last = replay.sound(server.directory)["head"]["last"]
    heads = []
    for to in range(1, last + 1):
        target = tmp_path / f"copy {to}"
        heads.append(replay.copy(server.directory, target, "--to", to)["head"])
        assert replay.sound(target)["head"] == heads[-1]
        report = replay.sound(server.directory, "--head", heads[-1]["digest"])
        assert report["notedHead"]["last"] == heads[-1]["last"]
        shutil.rmtree(target)
    # A number that is the end of a turn is the copy's own; every other belongs to the next turn.
    end = 0
    for to, head in enumerate(heads, 1):
        if head["last"] == to:
            assert head["first"] == end + 1
            end = to
        assert head["last"] == end
    assert end == last


def test_what_belongs_to_a_server_is_not_copied(serve, tmp_path):
    server = with_checkpoint(serve)
    replay.copy(server.directory, tmp_path / "copy")
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {"log"}
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "copy" / DATA).stat().st_mode & 0o777 == 0o600


def test_one_line_says_what_was_copied(small, tmp_path):
    result = replay.run("copy", "--data-dir", small, tmp_path / "copy")
    assert (result.returncode, result.stderr) == (FINE, "")
    report = replay.sound(tmp_path / "copy")
    checked = report["checked"]
    size = checked["recordBytes"] + checked["payloadBytes"]
    assert result.stdout == (
        f"{checked['records']} records in {checked['turns']} turns, {size} bytes; "
        f"head {report['head']['last']}, digest {report['head']['digest']}\n"
    )


# Targets


@pytest.mark.parametrize("flags", [["--to", "0"], ["--to", "99999"], ["--to", "x"], ["--to", "-1"]])
def test_a_place_that_is_not_in_the_log_is_wrong_usage(small, tmp_path, flags):
    result = replay.run("copy", "--data-dir", small, tmp_path / "copy", *flags)
    assert (result.returncode, result.stdout) == (USAGE, "")
    assert not (tmp_path / "copy").exists() and not unfinished(tmp_path / "copy").exists()


def test_a_target_with_something_in_it_is_left_alone(small, tmp_path):
    target = tmp_path / "copy"
    target.mkdir()
    (target / "notes").write_text("precious")
    result = replay.run("copy", "--data-dir", small, target)
    assert (result.returncode, result.stdout) == (CANNOT_OPEN, "")
    assert "not empty" in result.stderr and len(result.stderr.splitlines()) == 1
    assert [path.name for path in target.iterdir()] == ["notes"]
    result = replay.run("copy", "--data-dir", small, small)
    assert result.returncode == CANNOT_OPEN


def test_there_must_be_a_log(tmp_path):
    result = replay.run("copy", "--data-dir", tmp_path / "nothing", tmp_path / "copy")
    assert result.returncode == CANNOT_OPEN
    assert not (tmp_path / "copy").exists()


# Damage


def test_a_payload_that_no_job_has_or_that_is_not_the_one_accepted_is_not_copied(small, tmp_path):
    for number, change in enumerate([b"other", None]):
        log = tmp_path / f"log {number}"
        shutil.copytree(small, log)
        with Forgery(log) as forgery:
            victim = list(forgery.payloads)[9]
            forgery.payloads[victim] = change
            if change is None:
                del forgery.payloads[victim]
        result = replay.run("copy", "--data-dir", log, tmp_path / "copy")
        assert result.returncode == DAMAGED
        assert f"damaged at record {victim}: " in result.stderr
        assert not (tmp_path / "copy").exists() and not unfinished(tmp_path / "copy").exists()


def test_flipped_bits_are_never_copied_nor_end_it_rudely(small, tmp_path, rounds):
    """The log is a copy itself: hardly a page of it is not in use."""
    digest = replay.copy(small, tmp_path / "compact")["head"]["digest"]
    flips = Flips(tmp_path / "compact", seed=11_222_026)

    def verdict(number: int) -> str:
        directory, target = tmp_path / f"flip {number}", tmp_path / f"copy {number}"
        flips.make(number, directory)
        result = replay.run("copy", "--data-dir", directory, target)
        if result.returncode == FINE:
            assert replay.sound(target)["head"]["digest"] == digest
            return "copied"
        assert result.returncode == DAMAGED, result.stderr
        assert not target.exists()
        assert not unfinished(target).exists() or "left behind" in result.stderr
        return "refused"

    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(verdict, range(100 * rounds)))
    print({verdict: verdicts.count(verdict) for verdict in set(verdicts)})
    assert verdicts.count("refused") > 20 * rounds
