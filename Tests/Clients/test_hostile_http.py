"""Bodies beyond the limit, and what is hardly HTTP: refused, and the server lives on."""

import socket

import httpx
import pytest

from Harness import footprint
from Harness.raw import NOT_HTTP, Raw, assert_nothing_stored
from Harness.waiting import wait_until


def test_an_oversize_body_is_413(server):
    big = b'{"dueTime":"1h","data":"' + b"x" * (4 << 20) + b'"}'
    try:
        response = server.client.post(server.path("big", "v1.0"), content=big)
        assert response.status_code == 413, response.text
    except (httpx.WriteError, httpx.ReadError):
        pass  # It need not listen to the end of it.
    # Refused when the limit is passed, not when the announced end has come.
    head = b"POST /v1.0/jobs/big HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
    status, _ = Raw(server).send(head + big)
    assert status in (0, 413)
    assert not server.has("big")
    assert_nothing_stored(server)


def test_the_largest_body_is_taken(serve, app):
    server = serve(app)
    body = b'{"dueTime":"0s","data":"%s"}'
    body %= b"x" * ((4 << 20) - len(body) + 2)
    assert len(body) == 4 << 20
    response = server.client.post(server.path("largest", "v1.0"), content=body)
    assert response.status_code == 204, response.text
    (call,) = app.wait_for("largest")
    assert len(call.body) == len(body) - len('{"dueTime":"0s","data":}')


def test_a_chunked_body_beyond_the_limit_is_refused(server):
    def pieces():
        yield b'{"dueTime":"1h","data":"'
        for _ in range(5 * 16):
            yield b"x" * (1 << 16)
        yield b'"}'

    try:
        response = server.client.post(server.path("chunked", "v1.0"), content=pieces())
        assert response.status_code == 413, response.text
    except (httpx.WriteError, httpx.ReadError):
        pass
    assert_nothing_stored(server)


@pytest.mark.parametrize("data", NOT_HTTP, ids=lambda data: repr(data[:40]))
def test_what_is_not_http(server, data):
    status, _ = Raw(server).send(data, shut=True)
    assert status == 0 or 400 <= status < 500, status
    assert server.client.get("/v1.0/healthz").status_code == 204
    assert_nothing_stored(server)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods(server, method):
    response = server.client.request(method, server.path("a", "v1.0"), content=b'{"dueTime":"1h"}')
    assert response.status_code in (404, 405)
    assert_nothing_stored(server)


def test_hostile_texts_come_back_escaped(server):
    """What a caller sent is quoted in messages: they stay JSON, and logs stay one line an entry."""
    for text in ["\u0000", "\r\nX: 1", '"}{"', "\u202e", "\U0001f600"]:
        response = server.post("quoted", {"dueTime": text})
        assert response.status_code == 400
        assert response.json()["errorCode"] == "DAPR_SCHEDULER_SCHEDULE_JOB"
    for line in server.log().splitlines():
        assert line.isprintable() or "\u202e" in line, ascii(line)


def test_clients_that_leak_connections_shut_nobody_out(server):
    limit = 512
    address = ("127.0.0.1", server.port)
    request = b"GET /v1.0/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    held = []
    try:
        for _ in range(limit + 88):
            held.append(socket.create_connection(address, timeout=60))
            held[-1].sendall(request)
        assert held[-1].recv(100).startswith(b"HTTP/1.1 204")
        # Those that had rested longest made room; the last are as they were.
        assert held[0].recv(100).startswith(b"HTTP/1.1 204")
        assert held[0].recv(1) == b""
        held[-1].sendall(request)
        assert held[-1].recv(100).startswith(b"HTTP/1.1 204")
    finally:
        for connection in held:
            connection.close()


@pytest.mark.parametrize("begun", [
    b"G", b"GET /v1.0/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
          b"POST /v1.0/jobs/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
], ids=["a byte", "a request and half another"])  # fmt: skip
def test_clients_that_never_end_a_request_shut_nobody_out(server, begun):
    address = ("127.0.0.1", server.port)
    held = [socket.create_connection(address, timeout=60) for _ in range(511)]
    try:
        for connection in held:
            connection.sendall(begun)
        for _ in range(3):
            with socket.create_connection(address, timeout=60) as connection:
                connection.sendall(b"GET /v1.0/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert connection.recv(100).startswith(b"HTTP/1.1 204")
    finally:
        for connection in held:
            connection.close()


@pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nhost: a\r\n"])
def test_it_must_be_clear_whom_a_request_asks(server, hosts):
    status, body = Raw(server).send(b"GET /v1.0/jobs HTTP/1.1\r\n" + hosts + b"\r\n")
    assert status == 400 and b"Host header" in body
    status, _ = Raw(server).send(b"GET /v1.0/healthz HTTP/1.0\r\n\r\n")
    assert status == 204


def test_a_client_that_asks_first_is_told_to_send_its_body(server):
    body = b'{"dueTime":"1h"}'
    head = (
        b"POST /v1.0/jobs/asked HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head)
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 204 ")
    assert server.has("asked")


def test_answers_are_not_made_ahead_of_a_client_that_does_not_read(server):
    """40 clients ask 400 times each for a long document, and read nothing."""
    process = server.process.pid
    before = footprint.private_bytes(process)
    clients = [socket.socket() for _ in range(40)]
    try:
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.setblocking(False)
            client.send(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400)
        # Whoever reads is answered meanwhile.
        for _ in range(100):
            assert server.client.get("/openapi.json").status_code == 200
        # Made ahead they were 9 MiB for each client.
        assert footprint.private_bytes(process) - before < 80 << 20
    finally:
        for client in clients:
            client.close()


def test_answers_that_nobody_reads_are_bounded_in_sum(server, admin):
    """96 clients ask for an answer of 4 MiB each, in a buffer of 8, and read nothing."""
    bound, size, count = 256 << 20, 4 << 20, 96
    process = server.process.pid
    text = "x" * (size - 100)
    server.schedule("big", "v1.0", dueTime="10h", data=text)
    before = footprint.private_bytes(process)
    clients = [socket.socket() for _ in range(count)]
    try:
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(b"GET /v1.0/jobs/big HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(
            lambda: admin.page()("daybook_unsent_closed_total", of="answers") > 0,
            "one that does not read was closed",
        )
        # Whoever reads is served beside them, and every answer is whole.
        assert text in server.get("big", "v1.0").text
        assert server.client.get("/v1.0/healthz").status_code == 204
        page = admin.page()
        assert page("daybook_unsent_bytes", of="answers") <= bound * 5 / 4
        assert page("daybook_unsent_closed_total", of="streams") == 0
        # Unbounded it is 1,200 MiB.
        assert footprint.private_bytes(process) - before < bound * 2
        assert "clients that did not read were closed" in server.log()
    finally:
        for client in clients:
            client.close()
    admin.wait_for("daybook_unsent_bytes", 0, of="answers")


def test_requests_sent_ahead_are_all_answered_though_the_client_has_ended(server):
    body = b'{"dueTime":"10h"}'
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.settimeout(60)
        for number in range(100):
            head = b"POST /v1.0/jobs/ahead-%d HTTP/1.1\r\nHost: localhost\r\n" % number
            client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        client.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: client.recv(1 << 16), b""))
    assert answers.count(b"HTTP/1.1 204") == 100
