"""Requests that must be refused: the right status and error code, a message that names the field
and the reason, nothing stored; and the server lives on."""

import json

import pytest

from Harness.raw import Raw, assert_nothing_stored

MALFORMED = "ERR_MALFORMED_REQUEST"
REFUSED = "DAPR_SCHEDULER_SCHEDULE_JOB"
ROUTES = ["v1.0-alpha1", "v1.0"]

# Body, error code, words the message must hold.
BODIES = {
    # Not the JSON of a job.
    "empty text": ("x", MALFORMED, []),
    "cut off": ('{"dueTime":"1h"', MALFORMED, []),
    "trailing comma": ('{"dueTime":"1h",}', MALFORMED, []),
    "trailing text": ('{"dueTime":"1h"} x', MALFORMED, []),
    "array": ('[{"dueTime":"1h"}]', MALFORMED, []),
    "string": ('"1h"', MALFORMED, []),
    "single quotes": ("{'dueTime':'1h'}", MALFORMED, []),
    "not a number": ('{"dueTime":"1h","data":NaN}', MALFORMED, []),
    "not UTF-8": (b'{"dueTime":"1h","data":"\xff\xfe"}', MALFORMED, []),
    "lone surrogate": (r'{"dueTime":"1h","data":"\ud800"}', MALFORMED, []),
    "control character": ('{"dueTime":"1h","data":"\x01"}', MALFORMED, []),
    "same key twice": ('{"dueTime":"1h","dueTime":"2h"}', MALFORMED, []),
    "100,000 deep": (
        '{"dueTime":"1h","data":' + "[" * 100_000 + "]" * 100_000 + "}", MALFORMED, [],
    ),
    "100,000 deep, open": ("[" * 100_000, MALFORMED, []),
    "100,000 deep objects": ('{"a":' * 100_000 + "1" + "}" * 100_000, MALFORMED, []),
    "wrong type: schedule": ('{"schedule":5}', MALFORMED, ["schedule"]),
    "wrong type: dueTime": ('{"dueTime":["1h"]}', MALFORMED, ["dueTime"]),
    "wrong type: ttl": ('{"schedule":"@daily","ttl":{}}', MALFORMED, ["ttl"]),
    "wrong type: overwrite": ('{"dueTime":"1h","overwrite":"yes"}', MALFORMED, ["overwrite"]),
    "wrong type: policy": ('{"dueTime":"1h","failurePolicy":3}', MALFORMED, ["failurePolicy"]),
    "repeats 2^32": ('{"schedule":"@daily","repeats":4294967296}', MALFORMED, ["repeats"]),
    "repeats -1": ('{"schedule":"@daily","repeats":-1}', MALFORMED, ["repeats"]),
    "repeats 1.5": ('{"schedule":"@daily","repeats":1.5}', MALFORMED, ["repeats"]),
    "repeats text": ('{"schedule":"@daily","repeats":"x"}', MALFORMED, ["repeats"]),
    "repeats 1e400": ('{"schedule":"@daily","repeats":1e400}', MALFORMED, ["byte 32"]),
    "interval in minutes": (
        '{"dueTime":"1h","failurePolicy":{"constant":{"interval":"1m"}}}', MALFORMED, ["interval"],
    ),
    "retries -1": (
        '{"dueTime":"1h","failurePolicy":{"constant":{"maxRetries":-1}}}', MALFORMED, ["axRetries"],
    ),
    "two policies": (
        '{"dueTime":"1h","failurePolicy":{"drop":{},"constant":{}}}', MALFORMED, [],
    ),
    # A job that cannot be.
    "name in the body": ('{"name":"x","dueTime":"1h"}', "DAPR_SCHEDULER_JOB_NAME", ["name"]),
    "empty body": ("", "DAPR_SCHEDULER_SCHEDULE_EMPTY", ["Schedule"]),
    "nothing said": ("{}", "DAPR_SCHEDULER_SCHEDULE_EMPTY", ["Schedule"]),
    "null is absent": ('{"schedule":null,"dueTime":null}', "DAPR_SCHEDULER_SCHEDULE_EMPTY", []),
    "repeats 0": ('{"schedule":"@daily","repeats":0}', REFUSED, ["repeats", "greater than 0"]),
    "repeats without schedule": ('{"dueTime":"1h","repeats":2}', REFUSED, ["repeat"]),
    "ttl without schedule": ('{"dueTime":"1h","ttl":"2h"}', REFUSED, ["ttl"]),
    "ttl before dueTime": (
        '{"schedule":"@daily","dueTime":"2100-01-02T00:00:00Z","ttl":"2100-01-01T00:00:00Z"}',
        REFUSED, ["ttl"],
    ),
    "ttl nonsense": ('{"schedule":"@daily","ttl":"soon"}', REFUSED, ["ttl"]),
    "ttl empty": ('{"schedule":"@daily","ttl":""}', REFUSED, ["ttl"]),
    "dueTime nonsense": ('{"dueTime":"tomorrow"}', REFUSED, ["dueTime"]),
    "dueTime a number": ('{"dueTime":"1700000000"}', REFUSED, ["dueTime"]),
    "dueTime without zone": ('{"dueTime":"2100-01-01T00:00:00"}', REFUSED, ["dueTime"]),
    "dueTime no such day": ('{"dueTime":"2100-02-30T00:00:00Z"}', REFUSED, ["dueTime"]),
    "dueTime beyond 292 years": ('{"dueTime":"9999999h"}', REFUSED, ["dueTime"]),
    "dueTime empty": ('{"dueTime":""}', REFUSED, ["dueTime"]),
    "every -1s": ('{"schedule":"@every -1s"}', REFUSED, ["schedule"]),
    "every 0s for ever": ('{"schedule":"@every 0s"}', REFUSED, ["schedule", "@every 0s"]),
    "every nonsense": ('{"schedule":"@every soon"}', REFUSED, ["schedule", "soon"]),
    "every 1d": ('{"schedule":"@every 1d"}', REFUSED, ["schedule", "1d"]),
    "every, two spaces": ('{"schedule":"@every  5s"}', REFUSED, ["schedule"]),
    "every, too long": ('{"schedule":"@every 9999999999999h"}', REFUSED, ["schedule"]),
    "30 February": ('{"schedule":"0 0 0 30 2 *"}', REFUSED, ["schedule", "never"]),
    "an empty field": ('{"schedule":", 0 0 * * *"}', REFUSED, ["schedule"]),
    "five fields": ('{"schedule":"0 0 * * *"}', REFUSED, ["schedule", "6 fields, found 5"]),
    "seven fields": ('{"schedule":"0 0 0 * * * *"}', REFUSED, ["schedule", "found 7"]),
    "weekday 7": ('{"schedule":"0 0 0 * * 7"}', REFUSED, ["schedule", "7"]),
    "minute 60": ('{"schedule":"0 60 0 * * *"}', REFUSED, ["schedule", "60"]),
    "step 0": ('{"schedule":"*/0 * * * * *"}', REFUSED, ["schedule"]),
    "backwards": ('{"schedule":"0 0 5-1 * * *"}', REFUSED, ["schedule"]),
    "unknown name": ('{"schedule":"@minutely"}', REFUSED, ["schedule", "@minutely"]),
    "no schedule at all": ('{"schedule":""}', REFUSED, ["schedule", "empty"]),
    "endless schedule": ('{"schedule":"' + "1," * 5_000 + '1 0 0 * * *"}', REFUSED, ["schedule"]),
    "NUL in a schedule": (r'{"schedule":"0 0 0 * * *\u0000"}', REFUSED, ["schedule"]),
}

# The path after /jobs/ as sent, the status, words of the message.
NAMES = {
    "space": ("%20", 400, "DAPR_SCHEDULER_JOB_NAME_EMPTY", "Name is empty"),
    "slash": ("a%2Fb", 400, REFUSED, "name"),
    "backslash": ("a%5Cb", 400, REFUSED, "name"),
    "hash": ("a%23b", 400, REFUSED, "name"),
    "question mark": ("a%3Fb", 400, REFUSED, "name"),
    "dot": ("%2e", 400, REFUSED, "name"),
    "dots": ("%2e%2e", 400, REFUSED, "name"),
    "NUL": ("a%00b", 400, REFUSED, "name"),
    "line feed": ("a%0ab", 400, REFUSED, "name"),
    "CR LF": ("a%0d%0aX-Evil:%201", 400, REFUSED, "name"),
    "delete": ("a%7Fb", 400, REFUSED, "name"),
    "600 characters": ("a" * 600, 400, REFUSED, "name"),
    "513 bytes": ("a" * 513, 400, REFUSED, "name"),
    "257 letters of 2 bytes": ("%C3%A9" * 257, 400, REFUSED, "name"),
}


def check(status: int, error: dict, code: str, words: list[str]):
    assert status == 400, (status, error)
    assert error["errorCode"] == code, error
    for word in words:
        assert word in error["message"], error
    if code == MALFORMED:
        assert "details" not in error, error
    else:
        (detail,) = error["details"]
        assert (detail["reason"], detail["domain"]) == (code, "dapr.io")


@pytest.mark.parametrize("version", ROUTES)
def test_bodies(server, version):
    wrong = {}
    for number, (what, (body, code, words)) in enumerate(BODIES.items()):
        path = server.path(f"bad {number}", version)
        content = body if isinstance(body, bytes) else body.encode()
        response = server.client.post(path, content=content)
        try:
            check(response.status_code, response.json(), code, words)
            assert not server.has(f"bad {number}")
        except (AssertionError, ValueError, KeyError) as error:
            wrong[what] = f"{response.status_code} {response.text[:300]} {error!r:.80}"
    assert not wrong, json.dumps(wrong, indent=1)
    assert_nothing_stored(server)


@pytest.mark.parametrize("version", ROUTES)
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_names(server, version, method):
    raw = Raw(server)
    codes = {"GET": "DAPR_SCHEDULER_GET_JOB", "DELETE": "DAPR_SCHEDULER_DELETE_JOB"}
    wrong = {}
    for what, (path, status, code, words) in NAMES.items():
        answer = raw.request(method, f"/{version}/jobs/{path}", b'{"dueTime":"1h"}')
        if method != "POST" and what == "space":
            # Only POST trims; to the others it is a name like any other.
            continue
        if code == REFUSED:
            code = codes.get(method, REFUSED)
        if answer[0] != status or answer[1].get("errorCode") != code:
            wrong[what] = answer
        elif words.lower() not in answer[1]["message"].lower():
            wrong[what] = answer
    assert not wrong, json.dumps(wrong, indent=1)
    assert_nothing_stored(server)


@pytest.mark.parametrize("version", ROUTES)
def test_paths(server, version):
    """Paths that are no name at all: refused, whatever the method."""
    raw = Raw(server)
    paths = ["", "a/b", "a/../b", "/etc/passwd", "%", "%zz", "a%2", "%ff", "%c3%28", "a%00"]
    for path in paths:
        for method in ("POST", "GET", "DELETE"):
            status, error = raw.request(method, f"/{version}/jobs/{path}", b'{"dueTime":"1h"}')
            assert status in (400, 404, 405), (method, path, status, error)
    for path in ["..", "."]:
        status, _ = raw.request("POST", f"/{version}/jobs/{path}", b'{"dueTime":"1h"}')
        assert status in (400, 404), (path, status)
    for path in ["/", "/v1.0", "/v2.0/jobs/a", "/v1.0/job/a", "//v1.0/jobs/a", "*", "/../../etc"]:
        assert raw.request("POST", path, b'{"dueTime":"1h"}')[0] in (400, 404), path
    assert_nothing_stored(server)


def test_query_and_fragment_are_no_part_of_a_name(server):
    raw = Raw(server)
    status, _ = raw.request("POST", "/v1.0/jobs/asked?overwrite=true", b'{"dueTime":"1h"}')
    assert status == 204 and server.has("asked")


@pytest.mark.parametrize(
    "name",
    ["\u202eevil", "\u200b", "\ufeff", "a\u0301", "\U0001f4a5", "a\u2028b", "a" * 512, "...", "%"],
    ids=lambda name: ascii(name)[:20],
)
def test_strange_but_lawful_names_are_kept_to_the_byte(server, name):
    server.schedule(name, dueTime="1h")
    assert server.get(name).json()["name"] == name
    server.delete(name)
    assert not server.has(name)


def test_white_space_around_a_name_is_trimmed_on_post(server):
    server.schedule("  trimmed\t".replace("\t", " "), dueTime="1h")
    assert server.has("trimmed")


def test_plus_is_a_space_in_a_path(server):
    status, _ = Raw(server).request("POST", "/v1.0/jobs/a+b", b'{"dueTime":"1h"}')
    assert status == 204
    assert server.get("a b").json()["name"] == "a b"
