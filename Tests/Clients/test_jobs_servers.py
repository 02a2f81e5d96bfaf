"""Which server `daybook jobs` speaks to, how it is let in, and what else may answer."""

import json

import pytest

from commanding import (
    CANNOT_REACH,
    REFUSED,
    USAGE,
    done,
    misused,
    names,
    on_terminal,
    refused,
    run,
    url,
)
from pretending import hanging_up, listening, pretending

# Tokens


@pytest.fixture
def guarded(serve, app):
    server = serve(app, environment={"DAPR_API_TOKEN": "right,older"})
    server.client.headers["dapr-api-token"] = "right"
    return server


def test_a_token_comes_from_the_environment(guarded):
    for token in ("right", "older", "right,older", " right\n"):
        done(guarded, "put", "x", "--due-time", "1h", "--overwrite", DAPR_API_TOKEN=token)
        done(guarded, "get", "x", DAPR_API_TOKEN=token)
        done(guarded, "list", "--all", DAPR_API_TOKEN=token)
        done(guarded, "delete", "x", DAPR_API_TOKEN=token)
        done(guarded, "delete", "--all", DAPR_API_TOKEN=token)


@pytest.mark.parametrize("verb", ["put", "get", "list", "delete"])
def test_without_the_right_token_it_is_said_where_it_is_looked_for(guarded, verb):
    guarded.schedule("x", dueTime="1h")
    arguments = {"put": ["y", "--due-time", "1h"], "get": ["x"], "list": [], "delete": ["--all"]}
    for variables in ({}, {"DAPR_API_TOKEN": ""}, {"DAPR_API_TOKEN": "a-wrong-one"}):
        said = refused(REFUSED, guarded, verb, *arguments[verb], **variables)
        assert "daybook: invalid api token;" in said and "DAPR_API_TOKEN" in said
        assert "a-wrong-one" not in said
    assert guarded.has("x") and not guarded.has("y")


def test_a_token_that_no_header_holds_is_not_shown(guarded):
    said = refused(USAGE, guarded, "list", DAPR_API_TOKEN="gehe\u00efm")
    assert "DAPR_API_TOKEN" in said and "gehe" not in said


def test_there_is_no_flag_for_a_token(guarded):
    for flag in ("--token", "--api-token", "--dapr-api-token"):
        assert "Unknown option" in misused(guarded, "list", flag, "right")


# Where the server is


def test_a_flag_goes_before_the_endpoint_and_that_before_the_port(server):
    server.schedule("here", dueTime="1h")
    port = str(server.port)
    nowhere = "http://127.0.0.1:1"
    assert names(server) == ["here"]
    assert names(nowhere, "--server", url(server)) == ["here"]
    for endpoint, found in [("", True), (nowhere, False)]:
        result = run(endpoint, "get", "here", DAPR_HTTP_PORT=port)
        assert result.returncode == (0 if found else CANNOT_REACH)
    assert done(nowhere, "get", "here", "--server", f"HTTP://localhost:{port}//") != ""


def test_without_any_hint_it_is_port_3500():
    try:
        with listening(3500):
            said = refused(CANNOT_REACH, "", "list", "--timeout", "50ms", DAPR_HTTP_PORT="")
    except OSError:
        pytest.skip("somebody has port 3500")
    assert said.startswith("daybook: http://127.0.0.1:3500 did not answer in time")


def test_the_api_may_be_below_a_path():
    with pretending(204) as below:
        for path in ("", "/", "/daybook/v2", "/daybook/v2/"):
            done(f"{below.url}{path}", "delete", "a b")
    root = "/v1.0/jobs/a%20b"
    assert [path for _, path in below.requests] == [root, root] + ["/daybook/v2" + root] * 2


@pytest.mark.parametrize(
    "address",
    ["", "localhost:3500", "localhost", "ftp://localhost", "http://", "http:///x", "http://:3500",
     "http://h:0", "http://h:65536", "http://h:-1", "http://h:", "http://h:1:2", "http://[::1",
     "http://[]:1", "http://u:p@h", "http://h/?q", "http://h/#f", "http://h/%41", "http://h h",
     "http://h\n", "http://é", "http://\x1b[31m", "http+unix://%2Fsock", "http://h\\x"],
)  # fmt: skip
def test_an_address_that_is_none(address):
    said = refused(USAGE, "http://127.0.0.1:1", "get", "x", "--server", address)
    assert "--server must be a URL such as http://127.0.0.1:3500" in said
    if address:
        said = refused(USAGE, address, "get", "x")
        assert said.startswith("daybook: DAPR_HTTP_ENDPOINT must be a URL")


@pytest.mark.parametrize("port", ["0", "65536", "x", "1 ", "-1", "1/x", "@h:1"])
def test_a_port_that_is_none(port):
    said = refused(USAGE, "", "get", "x", DAPR_HTTP_PORT=port)
    assert said == f'daybook: DAPR_HTTP_PORT must be a port, 1 to 65535, not "{port}"\n'


@pytest.mark.parametrize("timeout", ["0s", "-1s", "999us", "61m", "soon", "5", ""])
def test_a_timeout_that_is_none(timeout):
    said = refused(USAGE, "http://127.0.0.1:1", "get", "x", "--timeout", timeout)
    assert "--timeout must be 1ms to 1h" in said


# Servers that are not there, or none

VERBS = {
    "put": ["x", "--due-time", "1h"], "get": ["x"], "list": [], "delete": ["x"],
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_where_nobody_listens_it_is_said_what_to_do(verb, ports):
    for host in ("127.0.0.1", "localhost"):
        address = f"http://{host}:{ports.free()}"
        said = refused(CANNOT_REACH, address, verb, *VERBS[verb])
        assert said.startswith(f"daybook: cannot reach a server at {address}: Connection refused;")
        assert "daybook serve" in said and "--server" in said


@pytest.mark.parametrize("verb", VERBS)
def test_who_does_not_answer_may_have_done_it(verb):
    with listening() as (address, _):
        said = refused(CANNOT_REACH, address, verb, "--timeout", "100ms", *VERBS[verb])
    assert "did not answer in time" in said
    assert ("is not known" in said) == (verb in ("put", "delete"))
    with hanging_up() as address:
        said = refused(CANNOT_REACH, address, verb, *VERBS[verb])
    assert "connection" in said and ("is not known" in said) == (verb in ("put", "delete"))


def test_a_server_without_tls(server):
    said = refused(CANNOT_REACH, url(server).replace("http:", "https:"), "list")
    assert "TLS" in said


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"jobs":{}}', b'{"jobs":[]', b'{"jobs":[]}x', b'{"a":"\xff"}'],
)
def test_what_answers_something_else_is_no_jobs_api(body):
    with pretending(200, body) as other:
        for verb, *flags in [("list",), ("list", "--all"), ("list", "-o", "table")]:
            said = refused(CANNOT_REACH, other.url, verb, *flags)
            assert f"{other.url} is not a jobs API" in said
        assert "is not a jobs API" in refused(CANNOT_REACH, other.url, "delete", "--all")
    with pretending(200, body if body != b"{}" else b"1") as other:
        if not body.startswith(b'{"jobs":{'):
            assert "is not a jobs API" in refused(CANNOT_REACH, other.url, "get", "x")


def test_a_token_is_not_taken_elsewhere():
    with pretending(204) as elsewhere:
        for status in (301, 302, 307, 308):
            headers = {"location": f"{elsewhere.url}/v1.0/jobs/x"}
            with pretending(status, headers=headers) as redirecting:
                for verb, arguments in VERBS.items():
                    said = refused(
                        CANNOT_REACH, redirecting.url, verb, *arguments, DAPR_API_TOKEN="t"
                    )
                    assert f"is not a jobs API: it answered with HTTP status {status}" in said
                assert redirecting.tokens == ["t"] * 4
        assert elsewhere.requests == []


def test_what_a_server_says_is_one_line_and_safe():
    body = json.dumps({"errorCode": "\x1b]0;E\x07", "message": "no\n\u009b31m\u202e" + "x" * 9_999})
    with pretending(400, body.encode()) as rude:
        said = refused(REFUSED, rude.url, "get", "x")
    assert said.startswith("daybook: no\\u{a}\\u{9b}31m\\u{202e}xxx") and said.endswith("x…\n")
    for body in (b"<html>", b"", b'{"message":1}', b"{"):
        with pretending(503, body) as plain:
            assert refused(REFUSED, plain.url, "get", "x") == f"daybook: {plain.url} answered 503\n"


def test_an_answer_without_end_is_not_read_to_it():
    most = 64 << 20
    with pretending(200, b"{", headers={"content-length": f"{most + 1}"}) as boasting:
        said = refused(CANNOT_REACH, boasting.url, "get", "x")
        assert f"more than {most} bytes" in said
    with pretending(200, b" " * (1 << 20), chunks=65) as endless:
        assert f"more than {most} bytes" in refused(CANNOT_REACH, endless.url, "get", "x")


def test_the_largest_answer_is_printed():
    body = b'{"name":"' + b"x" * ((64 << 20) - 11) + b'"}'
    with pretending(200, body) as generous:
        assert run(generous.url, "get", "x").stdout == body + b"\n"


def test_a_list_that_goes_in_circles_ends():
    page = b'{"jobs":[{"name":"a"}],"nextCursor":"c"}'
    with pretending(200, page) as circling:
        result = run(circling.url, "list", "--all", "-o", "jsonl")
        assert result.returncode == CANNOT_REACH and b"keeps giving the same" in result.stderr
        assert len(circling.requests) == 2
        assert "limit=1000" in circling.requests[0][1] and "cursor=c" in circling.requests[1][1]


def test_a_server_that_tells_less_is_shown_as_far_as_it_goes():
    body = b'{\n "jobs": [\n  {"name": "a",\r\n "dueTime": "1h"}, {\n"data": "\\u001b"}\n ]\n}'
    with pretending(200, body) as terse:
        assert done(terse.url, "list") == body.decode() + "\n"
        lines = done(terse.url, "list", "-o", "jsonl").splitlines()
        assert [json.loads(line) for line in lines] == json.loads(body)["jobs"]
        table = done(terse.url, "list", "-o", "table").splitlines()
        assert [line.split() for line in table[1:]] == [["a", "1h"], []]
        (line,) = on_terminal(terse.url, "list", "-o", "json")
        assert json.loads(line) == json.loads(body)
