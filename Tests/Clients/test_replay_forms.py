"""`daybook-replay`: every verb in every form, and beside torn pages."""

import os
import pty
import struct
import subprocess
from collections import Counter
from itertools import product

import pytest

from forgery import Forgery
from Harness import replay
from Harness.programs import REPLAY
from Harness.replay import CANNOT_OPEN, DAMAGED, DATA, FINDINGS, FINE, PAGE
from readings import TICKS, forge, forms, two_jobs, verbs


@pytest.fixture
def log(serve, app, tmp_path):
    """The judge sees the original."""
    return two_jobs(serve(app), tmp_path / "log")


def test_every_verb_says_the_same_in_every_form(log):
    forge(log)
    for verb, arguments in verbs(log).items():
        code, text, whole, rows = forms(log, verb, *arguments)
        assert code == (FINDINGS if verb == "audit" else FINE), verb
        assert text.endswith("\n") and rows
        if verb == "audit":
            report = whole
            assert Counter(row["kind"] for row in rows) == Counter(
                finding=1, possibleDuplicate=len(report["possibleDuplicates"]),
                lateTrigger=len(report["stories"]["lateTriggers"]),
                writer=report["uptime"]["writerCount"],
                silence=report["uptime"]["silences"]["count"],
                absence=report["uptime"]["absences"]["count"],
                story=sum(count > 0 for count in report["stories"]["counts"].values()),
            ) - Counter()  # fmt: skip
            [finding] = report["findings"]
            row = rows[0]
            assert (row["kind"], row["reason"], row["name"]) == ("finding", "unexplained", "guilty")
            assert row["sequences"] == finding["sequences"]
            stories = {row["reason"]: row["count"] for row in rows if row["kind"] == "story"}
            assert sum(stories.values()) == report["stories"]["ticksDue"] == 2 * TICKS
            assert stories["unexplained"] == 1
        elif verb == "explain":
            explanation = {key: whole[key] for key in ("reason", "text", "sequences")}
            assert rows == [{"kind": "explanation"} | explanation, *whole["events"]]
            assert [event["sequence"] for event in whole["events"]] == whole["sequences"]
            assert text == whole["text"] + "\n"
        else:
            assert rows == whole
            headings = 0 if verb == "history" else 1
            assert len(text.splitlines()) == len(rows) + headings


def test_an_instant_is_written_alike_in_every_form(log):
    """Half a second was `.500000000Z` in one form and `.5Z` in another: no joining them."""
    with Forgery(log) as forgery:
        record = forgery.events[1]
        (time,) = struct.unpack_from("<q", record, 8)
        half = struct.pack("<q", time // 10**9 * 10**9 + 500_000_000)
        forgery.events[1] = record[:8] + half + record[16:]
    first = replay.export(log)[0]
    assert first["time"].endswith(".5Z")
    _, _, whole, rows = forms(log, "audit")
    [writer] = [row for row in rows if row["kind"] == "writer"]
    assert writer["from"] == whole["uptime"]["writers"][0]["opened"] == first["time"]


def test_a_table_of_events_has_all_they_say(log):
    _, text, _, rows = forms(log, "export", "--job", "guilty")
    heading, *lines = text.splitlines()
    assert heading.split() == ["RECORD", "TIME", "EVENT", "APP", "NAME", "WHAT"]
    for line, row in zip(lines, rows, strict=True):
        number, time, kind, app, name, *_ = line.split()
        assert (number, time, kind) == (str(row["sequence"]), row["time"], row["kind"])
        assert (app, name) == ("default/shop", "guilty")
        for key in row.keys() - {"sequence", "time", "kind", "namespace", "app", "name"}:
            assert f"{key} {row[key]}" in line


def test_a_history_has_the_events_of_an_export_and_says_them_in_words(log):
    _, text, _, rows = forms(log, "history", "guilty", "--app", "shop")
    exported = replay.export(log, "--job", "guilty")
    assert [{key: row[key] for key in row if key != "text"} for row in rows] == exported
    assert all(row["text"] in line for row, line in zip(rows, text.splitlines(), strict=True))
    assert forms(log, "history", "--job", "guilty", "--app", "shop")[3] == rows
    [waits] = forms(log, "history", "@waits", "--app", "shop")[3]
    assert waits["name"] == "@waits"


# Damage


def test_a_torn_page_ends_no_verb_but_with_a_message(log, tmp_path):
    picture = tmp_path / "picture.svg"
    asked = verbs(log) | {"export": ("--payloads",)}
    asked["timeline"] = ("guilty", "--app", "shop", "--svg", str(picture))
    whole, torn = (log / DATA).read_bytes(), tmp_path / "torn"
    expected = {verb: replay.run(verb, *asked[verb], "--data-dir", log) for verb in asked}
    ends = {verb: Counter() for verb in asked}
    # LMDB takes an empty page for damage, and what is in one full of nonsense for its own.
    for byte, start in product(b"\0\xff", range(0, len(whole), PAGE)):
        replay.lay(torn, whole[:start] + bytes([byte]) * PAGE + whole[start + PAGE :])
        for verb, arguments in asked.items():
            result = replay.run(verb, *arguments, "--data-dir", torn)
            if result.returncode == DAMAGED:
                [message] = result.stderr.splitlines()
                assert message.startswith("daybook-replay: the log is damaged"), message
                assert expected[verb].stdout.startswith(result.stdout)
                # A part of a state would look like a state.
                assert verb not in ("state", "diff") or result.stdout == ""
                died = "ended the process that read it" in message
                ends[verb]["died" if died else "named"] += 1
            else:
                assert result.returncode == expected[verb].returncode, result.stderr
                assert result.stdout == expected[verb].stdout
    for verb, counts in ends.items():
        assert counts["died"] > 0 and counts["named"] > 0, (verb, counts)


@pytest.mark.parametrize("verb", ["audit", "export", "state", "verify"])
def test_nothing_to_read_is_said_in_one_line(tmp_path, verb):
    result = replay.run(verb, "--data-dir", tmp_path / "nothing")
    assert (result.returncode, result.stdout) == (CANNOT_OPEN, "")
    assert len(result.stderr.splitlines()) == 1


def test_a_forged_digest_is_damage_to_every_verb_that_reads_over_it(log):
    arguments = verbs(log)
    with Forgery(log, chain=False) as forgery:
        victim = len(forgery.events) // 2
        record = forgery.events[victim]
        forgery.events[victim] = record[:8] + bytes(8) + record[16:]
    for verb in ("audit", "history", "explain"):
        result = replay.run(verb, *arguments[verb], "--data-dir", log)
        assert result.returncode == DAMAGED, verb
        assert "damaged at record" in result.stderr


@pytest.mark.parametrize("verb", ["audit", "history", "explain", "export"])
def test_a_terminal_sees_how_far_it_is(log, verb):
    terminal, end = pty.openpty()
    command = [str(REPLAY), verb, *verbs(log)[verb], "--data-dir", str(log)]
    piped = subprocess.run(command, capture_output=True, timeout=60)
    assert piped.stderr == b""
    shown = subprocess.run(command, stdout=subprocess.PIPE, stderr=end, timeout=60)
    text = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    os.close(end)
    assert (shown.returncode, shown.stdout) == (piped.returncode, piped.stdout)
    assert "records, " in text and text.endswith("\r\x1b[K")
