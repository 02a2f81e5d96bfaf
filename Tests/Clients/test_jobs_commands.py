"""`daybook jobs put|get|delete`: what apps do over HTTP, by hand and in scripts."""

import pytest

from commanding import REFUSED, USAGE, done, get, is_safe, misused, names, on_terminal, put, refused
from lists import in_order, schedule_many

# Terminals obey U+009B as they do ESC [.
HOSTILE = [
    "two words", "100%", "%2F", "%41", "a+b", "a&b=c;d", "'single'", '"double"', "$(id)", "`id`",
    "é", "e\u0301", "名前", "🙂", "a:b@c", "~", "-", "-x", "--all", "...", ".hidden", "[x]{y}|z^",
    "\u009b31mred", "\u202etxt.exe", "a\u200bb", "n" * 512, "\u009b" * 256,
]  # fmt: skip


# Scheduling and looking


def test_put_says_what_the_flags_say(server):
    put(
        server, "report", "--schedule", "0 30 6 * * MON-FRI", "--due-time", "36h",
        "--ttl", "2100-01-01T00:00:00Z", "--repeats", "7", "--data", '{"to": ["ops", null]}',
    )  # fmt: skip
    job = server.get("report").json()
    del job["status"]
    assert job == {
        "name": "report",
        "schedule": "0 30 6 * * MON-FRI",
        "dueTime": "36h",
        "ttl": "2100-01-01T00:00:00Z",
        "repeats": 7,
        "data": {
            "@type": "type.googleapis.com/google.protobuf.Value",
            "value": {"to": ["ops", None]},
        },
        "failurePolicy": {"constant": {"interval": "1s", "maxRetries": 3}},
    }


def test_what_was_put_is_called_with_its_data(server, app):
    put(server, "now", "--due-time", "0s", "--data", '{"a": 1}')
    (call,) = app.wait_for("now")
    assert call.json == {"a": 1}


def test_what_was_put_outlives_a_kill(server):
    put(server, "kept", "--due-time", "1h")
    before = done(server, "get", "kept")
    server.kill()
    server.start()
    assert done(server, "get", "kept") == before


def test_get_and_list_print_the_json_as_the_server_gave_it(server):
    server.schedule("b", schedule="@every 1h", data={"é": "\x1b[31m", "n": 1e300})
    server.schedule("a", dueTime="1h")
    assert done(server, "get", "b") == server.get("b").text + "\n"
    assert done(server, "get", "b", "-o", "jsonl") == server.get("b").text + "\n"
    for flags, query in [
        ([], "prefix="), (["--prefix", "b"], "prefix=b"), (["--limit", "1"], "prefix=&limit=1"),
    ]:  # fmt: skip
        answer = server.client.get(f"/v1.0/jobs?{query}")
        assert done(server, "list", *flags) == answer.text + "\n"


def test_a_job_that_is_there_is_replaced_only_if_that_is_said(server):
    put(server, "taken", "--due-time", "1h")
    before = server.get("taken").json()
    said = refused(REFUSED, server, "put", "taken", "--due-time", "2h")
    # The server's reason, and none of what the wire puts around it.
    assert said.startswith("daybook: job already exists: '") and "(DAPR" not in said
    assert said.endswith("; --overwrite replaces the job\n")
    refused(REFUSED, server, "put", "taken", "--due-time", "1h")
    assert server.get("taken").json() == before
    put(server, "taken", "--due-time", "2h", "--overwrite")
    after = server.get("taken").json()
    assert after["dueTime"] == "2h"
    assert after["status"]["generation"] > before["status"]["generation"]


def test_white_space_at_the_ends_of_a_new_name_is_dropped(server):
    put(server, "  padded \u3000", "--due-time", "1h")
    assert names(server) == ["padded"]


@pytest.mark.parametrize(
    "flags, policy",
    [
        (["--drop"], {"drop": {}}),
        (["--max-retries", "5"], {"constant": {"maxRetries": 5}}),
        (["--max-retries", "0"], {"constant": {"maxRetries": 0}}),
        (["--retry-interval", "90s"], {"constant": {"interval": "90s"}}),
        (["--retry-interval", "0"], {"constant": {"interval": "0s"}}),
        (
            ["--retry-interval", "1h1.5s", "--max-retries", "4294967295"],
            {"constant": {"interval": "3601.500s", "maxRetries": 4294967295}},
        ),
        (["--retry-interval", "1ns"], {"constant": {"interval": "0.000000001s"}}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_failure_policies_come_back_as_they_were_meant(server, flags, policy):
    put(server, "fails", "--due-time", "1h", *flags)
    assert get(server, "fails")["failurePolicy"] == policy


def test_retries_are_told_in_words(server):
    def told(*flags: str) -> str:
        put(server, "fails", "--due-time", "1h", "--overwrite", *flags)
        lines = done(server, "get", "fails", "-o", "table").splitlines()
        return next(line.split(maxsplit=1)[1] for line in lines if line.startswith("RETRIES"))

    assert told() == "3, 1s apart"
    assert told("--drop") == "none"
    assert told("--retry-interval", "90s") == "unlimited, 90s apart"
    assert told("--max-retries", "2") == "2, 0s apart"


# Names


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:20])
def test_every_name_the_server_takes_can_be_reached(server, name):
    put(server, name, "--due-time", "1h")
    assert server.get(name).status_code == 200
    server.schedule("another", dueTime="1h")
    assert get(server, name)["name"] == name
    prefix = name[: max(1, len(name) // 2)]
    assert names(server, "--prefix", prefix) == in_order([name] + ["another"] * (prefix == "a"))
    for format in ("json", "table"):
        shown = on_terminal(server, "list", "-o", format)
        shown += on_terminal(server, "get", "-o", format, "--", name)
        assert is_safe("\n".join(shown)), shown
    assert done(server, "delete", "--", name) == ""
    assert names(server) == ["another"]


@pytest.mark.parametrize("name", ["a/b", "a\\b", "a?b", "a#b", ".", "..", "a\nb", "\x1b[31m"])
def test_a_name_the_server_refuses_reaches_nothing_else(server, name):
    server.schedule("a", dueTime="1h")
    for verb, *flags in [("put", "--due-time", "1h"), ("get",), ("delete",)]:
        said = refused(REFUSED, server, verb, *flags, "--", name)
        assert "name: must not" in said, said
    assert names(server) == ["a"]


def test_a_name_that_is_too_long_or_missing(server):
    assert "at most 512" in refused(REFUSED, server, "get", "n" * 513)
    for verb, *flags in [("put", "--due-time", "1h"), ("get",), ("delete",)]:
        assert "name is empty" in misused(server, verb, "", *flags)
    for verb, *flags in [("put", "--due-time", "1h"), ("get",)]:
        assert "<name>" in misused(server, verb, *flags)


def test_a_job_that_is_not_there(server):
    said = refused(REFUSED, server, "get", "nobody")
    assert said == "daybook: job not found: nobody\n"
    assert done(server, "delete", "nobody") == ""


# Deleting


def test_a_delete_by_prefix_says_how_many(server):
    schedule_many(server, ["report", "report-1", "report-2", "Report", "other"])
    assert done(server, "delete", "--prefix", "report-") == '{"deleted":2}\n'
    assert done(server, "delete", "--prefix", "report-") == '{"deleted":0}\n'
    assert names(server) == ["Report", "other", "report"]
    assert on_terminal(server, "delete", "--prefix", "o") == ["deleted 1 job"]
    assert on_terminal(server, "delete", "--prefix", "o", "-o", "json") == ['{"deleted":0}']
    assert done(server, "delete", "--all", "-o", "table") == "deleted 2 jobs\n"
    assert names(server) == []


@pytest.mark.parametrize(
    "arguments",
    [[], ["--prefix", ""], ["--prefix"], ["a", "--all"], ["a", "--prefix", "a"],
     ["--prefix", "a", "--all"], ["a", "a"], ["", "--all"], ["--pre", "a"], ["-a"]],
)  # fmt: skip
def test_nobody_deletes_by_a_slip(server, arguments):
    server.schedule("a", dueTime="1h")
    misused(server, "delete", *arguments)
    assert names(server) == ["a"]


def test_all_jobs_go_if_that_is_said(server):
    schedule_many(server, ["a", "b"])
    assert done(server, "delete", "--all") == '{"deleted":2}\n'
    assert done(server, "delete", "--prefix", "", "--all") == '{"deleted":0}\n'


# Usage


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "--schedule"),
        (["--due-time", "1h", "--data", "1", "--data-file", "x"], "--data-file"),
        (["--due-time", "1h", "--drop", "--max-retries", "1"], "--drop"),
        (["--due-time", "1h", "--drop", "--retry-interval", "1s"], "--drop"),
        (["--due-time", "1h", "--max-retries", "-1"], "--max-retries"),
        (["--due-time", "1h", "--max-retries", "4294967296"], "--max-retries"),
        (["--due-time", "1h", "--repeats", "x"], "--repeats"),
        (["--due-time", "1h", "extra"], "extra"),
        (["--due-time"], "--due-time"),
    ],
)
def test_flags_that_say_nothing_or_too_much(server, arguments, words):
    assert words in misused(server, "put", "x", *arguments)
    assert names(server) == []


@pytest.mark.parametrize("interval", ["-1s", "soon", "5", "", "300y"])
def test_a_retry_interval_that_is_none(server, interval):
    said = refused(USAGE, server, "put", "x", "--due-time", "1h", "--retry-interval", interval)
    assert "--retry-interval must be a duration" in said


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--schedule", "nonsense"], "expected exactly 6 fields"),
        (["--schedule", "@every -1s"], "negative"),
        (["--due-time", "-x"], "dueTime"),
        (["--due-time", "1h", "--ttl", "soon"], "ttl"),
        (["--due-time", "1h", "--repeats", "0"], "repeats"),
        (["--schedule", ""], "schedule"),
    ],
)
def test_what_the_server_refuses_is_its_own_words(server, arguments, words):
    said = refused(REFUSED, server, "put", "x", *arguments)
    assert said.startswith("daybook: job failed validation: ") and words in said
    assert "rpc" not in said and "DAPR" not in said


def test_a_text_cannot_become_another_member(server):
    put(server, "x", "--due-time", "1h")
    text = '1h","overwrite":true,"ttl":"2h'
    assert "dueTime" in refused(REFUSED, server, "put", "x", "--due-time", text)
    assert get(server, "x")["dueTime"] == "1h"
