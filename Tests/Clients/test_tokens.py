"""Tokens: the jobs API asks for one, the app is sent one, and both can change while it serves."""

import json
import os
import signal

import httpx
import pytest

from Harness.programs import NO_PORTS, daybook
from Harness.raw import Raw
from Harness.waiting import wait_until

TOKEN, OLDER, APP_TOKEN = "a-token.for/tests+1", "an-older-token", "the-apps-own-token"
REFUSED = b'{"errorCode":"ERR_UNAUTHORIZED","message":"invalid api token"}'


def carrying(server, token: str | None) -> httpx.Client:
    headers = {} if token is None else {"dapr-api-token": token}
    return httpx.Client(base_url=server.client.base_url, headers=headers, timeout=60)


def let_in(server, *tokens: str | None) -> list[bool]:
    """Which of them open the API."""
    found = []
    for token in tokens:
        with carrying(server, token) as client:
            status = client.get("/v1.0/jobs/nobody").status_code
        assert status in (401, 404), status
        found.append(status == 404)
    return found


@pytest.fixture
def guarded(serve, app):
    """A server that asks for a token; its own client carries it."""
    server = serve(app, environment={"DAPR_API_TOKEN": f"{TOKEN},{OLDER}"})
    server.client.headers["dapr-api-token"] = TOKEN
    return server


def hang_up(server, said: str, count: int = 1) -> str:
    """SIGHUP, and what was said of it."""
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: server.log().count(said) >= count, f'"{said}" in the log')
    return [line for line in server.log().splitlines() if said in line][-1]


def test_every_operation_wants_the_token(guarded):
    assert let_in(guarded, TOKEN, OLDER, None, "", "wrong", TOKEN + "x", TOKEN[:-1]) == [
        True, True, False, False, False, False, False,
    ]  # fmt: skip
    guarded.schedule("mine", dueTime="1h")
    for token in (None, "wrong"):
        with carrying(guarded, token) as client:
            for method, path in [
                ("POST", "/v1.0/jobs/mine"), ("GET", "/v1.0/jobs/mine"),
                ("DELETE", "/v1.0/jobs/mine"), ("POST", "/v1.0-alpha1/jobs/mine"),
                ("GET", "/v1.0/metadata"), ("GET", "/v1.0/jobs"), ("GET", "/"), ("PUT", "/x"),
                ("GET", "/v1.0/jobs/mine/history"),
            ]:  # fmt: skip
                answer = client.request(method, path, content=b'{"dueTime":"0s"}')
                assert (answer.status_code, answer.content) == (401, REFUSED), (method, path)
                assert answer.headers["content-type"] == "application/json"
    assert guarded.get("mine").json()["dueTime"] == "1h"


@pytest.mark.parametrize(
    "target",
    [
        "/v1.0/healthz/", "/v1.0/healthz?", "/v1.0/healthz?a", "/v1.0/healthz#", "/v1.0/healthz;a",
        "/v1%2e0/healthz", "/v1.0/health%7a", "/%761.0/healthz", "//v1.0/healthz",
        "/v1.0//healthz", "/./v1.0/healthz", "/v1.0/healthz/../jobs/mine",
        "/v1.0/jobs/mine?/v1.0/healthz", "/v1.0/jobs/mine#/v1.0/healthz",
        "/v1.0/jobs/mine;/v1.0/healthz", "/v1.0/jobs/..%2fhealthz", "/v1.0/healthz%2f..%2fjobs",
        "/V1.0/healthz", "/v1.0/healthz/outbound/", "/v1.0/healthz/outbound?x",
        "/v1.0/healthz%00", "/v1.0-alpha1/healthz", "http://x/v1.0/healthz/", "http://x",
        "http://x/v1.0/jobs/mine", "http://x/v1.0/healthz?a",
    ],
)  # fmt: skip
def test_no_spelling_of_health_lets_in(guarded, target):
    raw = Raw(guarded)
    status, body = raw.send(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert (status, body) == (401, REFUSED)
    for method in ("POST", "DELETE"):
        request = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
        assert raw.send(request.encode()) == (401, REFUSED)


def test_health_itself_is_open_by_get_alone(guarded):
    with carrying(guarded, None) as client:
        for path in ("/v1.0/healthz", "/v1.0/healthz/outbound"):
            assert client.get(path).status_code == 204
            for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
                assert client.request(method, path).status_code == 401, method


def test_a_target_that_names_the_host_too_is_the_same_path(guarded):
    raw = Raw(guarded)
    assert raw.send(b"GET http://x/v1.0/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 204
    assert raw.send(b"GET http://x/v1.0/jobs/mine HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 401


def test_two_headers_are_none(guarded):
    raw = Raw(guarded)
    start = b"GET /v1.0/jobs/nobody HTTP/1.1\r\nHost: localhost\r\n"
    header = f"dapr-api-token: {TOKEN}\r\n".encode()
    assert raw.send(start + header + b"\r\n")[0] == 404
    assert raw.send(start + header.replace(b"dapr", b"Dapr") + b"\r\n")[0] == 404
    assert raw.send(start + header + header + b"\r\n") == (401, REFUSED)
    assert raw.send(start + b"dapr-api-token: x\r\n" + header + b"\r\n") == (401, REFUSED)
    assert raw.send(start + header[:-2] + b",x\r\n\r\n") == (401, REFUSED)
    assert raw.send(start + b"Authorization: Bearer " + TOKEN.encode() + b"\r\n\r\n")[0] == 401


def test_it_is_refused_before_a_byte_of_the_body(guarded):
    head = b"POST /v1.0/jobs/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n"
    assert Raw(guarded).send(head + b"Expect: 100-continue\r\n\r\n") == (401, REFUSED)
    assert Raw(guarded).send(head + b"\r\n") == (401, REFUSED)


def test_the_app_is_sent_its_own_token(serve_grpc, either_app):
    tokens = {"DAPR_API_TOKEN": TOKEN, "APP_API_TOKEN": APP_TOKEN}
    server = serve_grpc(either_app, environment=tokens)
    server.client.headers["dapr-api-token"] = TOKEN
    server.schedule("with", dueTime="0s")
    assert either_app.wait_for("with")[0].headers["dapr-api-token"] == APP_TOKEN
    server.wait_until_gone("with")


def test_without_one_the_app_is_sent_none(guarded, app):
    guarded.schedule("without", dueTime="0s")
    assert "dapr-api-token" not in app.wait_for("without")[0].headers
    guarded.wait_until_gone("without")


def test_no_token_is_ever_shown(serve, app, tmp_path):
    tokens = {"DAPR_API_TOKEN": TOKEN, "APP_API_TOKEN": APP_TOKEN}
    server = serve(app, environment=tokens, flags=["--log-level", "trace"])
    server.client.headers["dapr-api-token"] = TOKEN
    let_in(server, TOKEN, "wrong-but-secret")
    server.schedule("called", dueTime="0s")
    server.wait_until_gone("called")
    server.stop()
    shown = daybook("config", "show", "-o", "json", env=os.environ | server.environment)
    assert shown.returncode == 0
    values = {row["key"]: row["value"] for row in json.loads(shown.stdout)["settings"]}
    assert (values["api-token"], values["app-api-token"]) == ("set", "set")
    for text in (server.log(), shown.stdout, shown.stderr):
        for token in (TOKEN, APP_TOKEN, "wrong-but-secret"):
            assert token not in text
    for path in server.directory.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


def test_tokens_rotate_without_a_stop(serve, app, tmp_path):
    ours, theirs = tmp_path / "token", tmp_path / "app-token"
    ours.write_text("first\n")
    theirs.write_text("sent-first\n")
    flags = ["--api-token-file", str(ours), "--app-api-token-file", str(theirs)]
    server = serve(app, flags=flags)
    process = server.process.pid
    assert let_in(server, "first", "second", None) == [True, False, False]
    # Both for a while, then the new one alone.
    ours.write_text("second\nfirst\n")
    hang_up(server, "tokens were reread", 1)
    assert let_in(server, "first", "second", None) == [True, True, False]
    ours.write_text("second")
    theirs.write_text("sent-second")
    hang_up(server, "tokens were reread", 2)
    assert let_in(server, "first", "second", None) == [False, True, False]
    server.client.headers["dapr-api-token"] = "second"
    server.schedule("after", dueTime="0s")
    assert app.wait_for("after")[0].headers["dapr-api-token"] == "sent-second"
    server.wait_until_gone("after")
    assert server.process.pid == process and server.process.poll() is None


def test_a_reload_that_fails_keeps_the_old_tokens_and_says_why(serve, app, tmp_path):
    path = tmp_path / "token"
    path.write_text("first")
    server = serve(app, flags=["--api-token-file", str(path)])
    said = "the tokens are unchanged"
    path.unlink()
    assert "No such file" in hang_up(server, said, 1)
    path.write_text("two words")
    line = hang_up(server, said, 2)
    assert "visible ASCII" in line and "two words" not in line
    path.write_text("")
    hang_up(server, said, 3)
    assert let_in(server, "first", None, "", "two words") == [True, False, False, False]
    path.write_text("second")
    hang_up(server, "tokens were reread")
    assert let_in(server, "first", "second") == [False, True]
    server.client.headers["dapr-api-token"] = "second"


def test_every_app_has_tokens_of_its_own(deploy):
    server = deploy(
        above={"api-token": "common"},
        shop={"api-token": ["shop-new", "shop-old"]},
        billing={},
    )
    shop, billing = server.of("shop"), server.of("billing")
    assert let_in(shop, "shop-new", "shop-old", "common", None) == [True, True, False, False]
    assert let_in(billing, "shop-new", "shop-old", "common", None) == [False, False, True, False]
    # A configuration file is reread too, as a whole or not at all.
    server.apps[0]["api-token"] = "shop-newer"
    server.apps[1]["nonsense"] = 1
    server.write(server.above)
    assert "nonsense" in hang_up(server, "the tokens are unchanged", 1)
    assert let_in(shop, "shop-new", "shop-newer") == [True, False]
    del server.apps[1]["nonsense"]
    server.write(server.above)
    hang_up(server, "tokens were reread")
    assert let_in(shop, "shop-new", "shop-newer") == [False, True]
    assert "other settings" not in server.log()
    server.apps[1]["max-in-flight"] = 3
    server.write(server.above)
    hang_up(server, "other settings have changed")
    # Nothing read again opens what was closed.
    above = server.above
    server.write({key: value for key, value in above.items() if key != "api-token"})
    assert "billing has no api-token" in hang_up(server, "the tokens are unchanged", 2)
    assert let_in(billing, None, "common") == [False, True]
    server.apps.pop()
    server.write(above)
    assert "not in the settings" in hang_up(server, "the tokens are unchanged", 3)


def test_no_reload_opens_an_api_that_an_earlier_one_has_closed(deploy):
    # It was compared with what the process had started with: without a token, so anyone got in.
    server = deploy(shop={})
    assert let_in(server, None) == [True]
    above = server.above
    server.write(above | {"api-token": TOKEN})
    hang_up(server, "tokens were reread")
    assert let_in(server, None, TOKEN) == [False, True]
    server.write(above)
    assert "shop has no api-token" in hang_up(server, "the tokens are unchanged")
    assert let_in(server, None, TOKEN) == [False, True]


def test_without_a_file_a_hang_up_is_a_clean_stop(guarded):
    guarded.process.send_signal(signal.SIGHUP)
    assert guarded.wait() == 0


def test_other_hosts_may_reach_it_only_with_a_token(serve, ports, tmp_path):
    open_to_all = ["--http-address", "0.0.0.0"]
    flags = (*NO_PORTS, "--http-port", ports.free(), *open_to_all)
    result = daybook("serve", "--data-dir", tmp_path / "open", *flags)
    assert result.returncode == 2 and "api-token" in result.stderr
    assert not (tmp_path / "open").exists()
    server = serve(flags=open_to_all, environment={"DAPR_API_TOKEN": TOKEN})
    assert let_in(server, TOKEN, None) == [True, False]
    server = serve(flags=[*open_to_all, "--insecure"])
    assert let_in(server, None) == [True]
