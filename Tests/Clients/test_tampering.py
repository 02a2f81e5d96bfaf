"""Nobody changes a log unseen: thousands of attacks on the file of a small one, each of which must
be found, or have changed nothing that can be read."""

import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import lists
from Harness import replay
from Harness.app import Answer
from Harness.replay import DAMAGED, FINDINGS, FINE
from tampering import Tampering

# The others with --long.
ATTACKS, ATTACKS_LONG = 400, 7_000
SEED = 20_261_122


@pytest.fixture
def log(serve, app, tmp_path):
    """A copy of a small log whose server has stopped. The judge sees the original."""
    server = serve(app)
    app.answers("fails once", Answer(500), Answer(200))
    policy = {"constant": {"interval": "0.01s", "maxRetries": 3}}
    server.schedule("fails once", dueTime="0s", failurePolicy=policy)
    for number in range(12):
        server.schedule(f"with data {number}", dueTime="1h", data="x" * (300 * number))
        server.schedule(f"without {number}", schedule="@every 1h")
    server.schedule("zoned", schedule="TZ=Europe/Berlin 0 30 6 * * *")
    lists.delete_all(server, "with data 1")
    server.delete("without 3")
    server.wait_until_gone("fails once")
    server.stop()
    shutil.copytree(server.directory, tmp_path / "log")
    (tmp_path / "log" / "checkpoint").unlink(missing_ok=True)
    return tmp_path / "log"


def content(directory) -> tuple[int, str]:
    """All that can be read of a log."""
    result = replay.run("export", "--payloads", "--data-dir", directory)
    assert result.returncode in (FINE, DAMAGED), result.stderr
    return result.returncode, result.stdout


def test_every_attack_is_found_or_changes_nothing(log, tmp_path, rounds):
    head = replay.sound(log)["head"]
    noted = f"{head['last']}:{head['digest']}"
    whole = content(log)
    tampering = Tampering(log, SEED)

    def verdict(number: int) -> str:
        directory = tmp_path / f"attack {number}"
        attack = tampering.attack(number, directory)
        what = f"attack {number} of seed {SEED}: {attack}"
        code, report = replay.verify(directory, "--head", noted)
        if code == FINE:
            assert report["head"]["digest"] == head["digest"], what
            assert content(directory) == whole, what
            # Of those on rows, only what leaves every row as it was may pass.
            assert not attack.place, what
            found = "changed nothing"
        elif code == FINDINGS:
            kinds = [finding["kind"] for finding in report["findings"]]
            assert "headNotFound" in kinds, what
            if not attack.is_consistent:
                # Then the rest fits by itself: it is the log as it was earlier.
                head_left = report["head"]
                assert head_left["last"] < head["last"], what
                replay.sound(log, "--head", f"{head_left['last']}:{head_left['digest']}")
            found = "found by the head"
        else:
            check_place(attack, report, what)
            died = "ended the process" in report["damage"]["detail"]
            found = "died of" if died else "named"
        shutil.rmtree(directory)
        return found

    with ThreadPoolExecutor(4) as pool:
        verdicts = Counter(pool.map(verdict, range(ATTACKS if rounds == 1 else ATTACKS_LONG)))
    print(dict(verdicts))
    assert verdicts["named"] > verdicts["changed nothing"] > 0
    assert verdicts["found by the head"] > 0


def check_place(attack, report, what: str) -> None:
    """The damage is named, and nothing is called trustworthy that was changed."""
    trusted = report.get("trustworthy", {}).get("last", 0)
    if attack.place is None:
        return
    if not attack.is_consistent:
        assert trusted < attack.place, f"{what}: {report}"
    place = report["damage"].get("sequence")
    assert place is None or place > trusted, f"{what}: {report}"
    if attack.is_consistent and place is not None:
        assert place >= attack.place, f"{what}: {report}"
