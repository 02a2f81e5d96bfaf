"""`daybook jobs list`, and what tables and terminals show."""

import json
import subprocess
import unicodedata

import pytest

from commanding import (
    IO,
    REFUSED,
    done,
    is_safe,
    listed,
    misused,
    names,
    on_terminal,
    put,
    refused,
    run,
    where,
)
from Harness.programs import BINARY, daybook
from lists import in_order, schedule_many

# Lists


def test_more_than_a_thousand_jobs_are_listed_page_by_page(server):
    many = in_order([f"job {number} é" for number in range(1_050)])
    schedule_many(server, many)
    assert names(server) == many
    assert names(server, "--limit", "70") == many
    assert names(server, "--limit", "1000", "--prefix", "job 9") == [
        name for name in many if name.startswith("job 9")
    ]
    whole = json.loads(done(server, "list", "--all"))
    assert set(whole) == {"jobs"} and whole["jobs"] == listed(server)
    assert whole["jobs"][77] == server.get(many[77]).json()
    table = done(server, "list", "--all", "-o", "table").splitlines()
    assert len(table) == 1_051 and {len(line.split()) for line in table[1:]} == {7}


def test_one_page_says_that_there_are_more(server):
    schedule_many(server, [f"job {number:03}" for number in range(120)])
    for flags, count in [([], 100), (["--limit", "7"], 7), (["--limit", "119"], 119)]:
        result = run(server, "list", "-o", "jsonl", *flags)
        assert (result.returncode, result.stdout.count(b"\n")) == (0, count)
        assert result.stderr == b"daybook: there are more jobs; --all shows them\n"
        page = json.loads(done(server, "list", *flags))
        assert len(page["jobs"]) == count and page["nextCursor"]
    shown = on_terminal(server, "list")
    assert len(shown) == 102 and "--all" in shown[-1]
    assert done(server, "list", "-o", "jsonl", "--limit", "120").count("\n") == 120


def test_no_jobs_are_an_empty_list(server):
    assert done(server, "list") == '{"jobs":[]}\n'
    assert done(server, "list", "--all") == '{"jobs":[]}\n'
    assert done(server, "list", "--all", "-o", "jsonl") == ""
    headings = ["NAME", "SCHEDULE", "OR", "DUE", "NEXT", "DUE", "PHASE", "TICKS", "LAST"]
    assert done(server, "list", "-o", "table").split() == headings


def test_a_limit_or_prefix_the_server_refuses(server):
    for limit in ("0", "1001", "-1"):
        assert "limit: must be" in refused(REFUSED, server, "list", "--limit", limit)
    for verb in ("list", "delete"):
        assert 'must not contain "/"' in refused(REFUSED, server, verb, "--prefix", "a/b")
    misused(server, "list", "--limit", "many")


def test_a_list_of_large_data_is_whole(server):
    for number in range(4):
        server.schedule(f"large {number}", dueTime="1h", data=f"{number}" * (1_500 << 10))
    assert [len(job["data"]["value"]) for job in listed(server)] == [1_500 << 10] * 4


def test_who_reads_no_more_is_not_complained_to(server):
    schedule_many(server, [f"job {number}" for number in range(300)])
    asked = [str(BINARY), "jobs", "list", "--all", "--limit", "1"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(asked, env=where(server), **pipes) as process:
        assert process.stdout.read(5) == b'{"job'
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("asked", [("list",), ("history", "a"), ("next", "@daily")], ids=" ".join)
def test_a_full_disk_is_said(server, asked):
    put(server, "a", "--due-time", "1h")
    with open("/dev/full", "wb") as full:
        result = daybook("jobs", *asked, stdout=full, stderr=subprocess.PIPE, env=where(server))
    assert result.returncode == IO and "cannot write to standard output" in result.stderr


# Terminals


def width(text: str) -> int:
    """Columns, as another library counts them."""
    marks = sum(unicodedata.category(c) in ("Mn", "Me") for c in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(c) in "WF" for c in text)


def columns_from(text: str, column: int) -> str:
    return next(text[i:] for i in range(len(text)) if width(text[:i]) == column)


def test_a_terminal_gets_a_line_for_what_was_done(server):
    assert on_terminal(server, "put", "a\u009bb", "--due-time", "1h") == ["scheduled a\\u{9b}b"]
    assert on_terminal(server, "delete", "a\u009bb") == ["deleted a\\u{9b}b"]


def test_a_terminal_gets_a_table_of_a_job(server):
    put(
        server, "report", "--schedule", "@every 1h", "--due-time", "2100-01-01T00:00:00Z",
        "--repeats", "5", "--data", '{"a": "\u009b\\u001b"}',
    )  # fmt: skip
    assert on_terminal(server, "get", "report") == [
        "NAME        report",
        "SCHEDULE    @every 1h",
        "DUE TIME    2100-01-01T00:00:00Z",
        "NEXT DUE    2100-01-01T00:00:00Z",
        "PHASE       waiting",
        "TICKS       0/5",
        "ATTEMPT     1",
        "RETRIES     3, 1s apart",
        f"GENERATION  {server.get('report').json()['status']['generation']}",
        'DATA        {"a":"\\u{9b}\\u001b"}',
    ]


def test_a_table_shows_the_beginning_of_long_data(server):
    server.schedule("long", dueTime="1h", data="é" * 10_000)
    (line,) = [line for line in on_terminal(server, "get", "long") if line.startswith("DATA")]
    assert line.endswith("… (20002 bytes; -o json shows all)") and 500 < line.count("é") < 520


def test_a_table_of_jobs_keeps_its_columns(server):
    many = ["report", "名前🙂", "e\u0301te\u0301", "한국어", "\u009b31m", "x" * 60]
    schedule_many(server, many, dueTime="2100-01-01T00:00:00Z")
    server.schedule("zz", schedule="0 30 6 * * MON-FRI", repeats=3)
    lines = on_terminal(server, "list", columns=400)
    for line, name in zip(lines[1:], in_order([*many, "zz"]), strict=True):
        assert line.startswith(name.replace("\u009b", "\\u{9b}") + "  ")
        for heading, cell in [("SCHEDULE", ("21", "0 30")), ("PHASE", ("waiting",))]:
            column = lines[0].index(heading)
            assert columns_from(line, column).startswith(cell), line
    assert [line.split()[-1] for line in lines[1:] if line.startswith("zz")] == ["0/3"]


def test_a_table_is_cut_to_a_terminal_and_not_to_a_file(server):
    long = "名" * 100
    schedule_many(server, [long, "short"], dueTime="2100-01-01T00:00:00.000000001Z")
    for columns in (80, 81, 90, 120):
        lines = on_terminal(server, "list", columns=columns)
        assert max(width(line) for line in lines) == columns
        assert "…" in lines[2] and "waiting  0" in lines[2]
    assert max(width(line) for line in on_terminal(server, "list", columns=20)) < 100
    for lines in (on_terminal(server, "list"), done(server, "list", "-o", "table").splitlines()):
        assert lines[2].startswith(long)


def test_json_on_a_terminal_means_the_same(server):
    name, data = "a\u009b\u202e\U000e0041é", {"\x7f": '\u2028 🙂 \\ " \x1b \u0085'}
    server.schedule(name, dueTime="1h", data=data)
    (line,) = on_terminal(server, "get", "-o", "json", name)
    assert is_safe(line) and "é" in line and "🙂" in line
    assert json.loads(line) == server.get(name).json()
    (line,) = on_terminal(server, "list", "-o", "jsonl")
    assert json.loads(line) == server.get(name).json()
