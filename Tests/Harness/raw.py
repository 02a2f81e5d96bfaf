"""Requests no well-behaved client would send, and connections it would not leave so."""

import json
import socket
import struct
from collections.abc import Iterable
from contextlib import ExitStack, contextmanager
from urllib.parse import quote

NOT_HTTP = [
    b"\r\n\r\n\r\n",
    b"GET\r\n\r\n",
    b"\x00" * 1_000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST /v1.0/jobs/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1.0/jobs/a HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
    b"POST /v1.0/jobs/a HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /v1.0/jobs/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{}",
    b"POST /v1.0/jobs/" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 1_000_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
    b"POST /v1.0/jobs/a\r\nb HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /v1.0/jobs/\xff\xfe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n"
    b'{"dueTime":"1h"}',
]  # fmt: skip
POST = b"POST /v1.0/jobs/visitor HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET /v1.0/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
ODD_REQUESTS = [
    *(GET.replace(b"Host: localhost\r\n", hosts) for hosts in (
        b"", b"Host:\r\n", b"Host: a\r\nHost: b\r\n", b"Host: evil.example\r\n",
        b"Host: [::1\r\n", b"Host: " + b"h" * 60_000 + b"\r\n",
    )),
    *(POST + b"Content-Length: " + length + b"\r\n\r\n{" for length in (
        b"99999999999", b"18446744073709551617", b"+2", b"0x2", b"2, 2", b" ", b"2\r\nHost: b",
    )),
    *(POST + b"Expect: " + expected + b"\r\nContent-Length: 5\r\n\r\n" for expected in (
        b"100-continue", b"200-ok", b"", b"100-continue, 100-continue",
    )),
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: gzip\r\n\r\n",
    POST + b"Connection: " + b"close, " * 5_000 + b"close\r\n\r\n",
    POST[:-20], POST, POST + b"Content-Length: 9\r\n\r\n{\"due",
]  # fmt: skip


class Raw:
    """An HTTP client that sends what it is given."""

    def __init__(self, server):
        self.server = server
        self.port = server.port

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def send(self, data: bytes, shut=False) -> tuple[int, bytes]:
        """Status (0 if the connection was closed without an answer) and body."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass  # It need not read all of it.
            if shut:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while b"\r\n\r\n" not in answer:
                try:
                    piece = connection.recv(65_536)
                except ConnectionError:
                    break
                if not piece:
                    break
                answer += piece
            if not answer:
                return 0, b""
            head, _, body = answer.partition(b"\r\n\r\n")
            fields = dict(
                line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line
            )
            wanted = int(fields.get(b"content-length", b"0"))
            while len(body) < wanted and (piece := connection.recv(65_536)):
                body += piece
            return int(head.split()[1]), body

    def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict]:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        status, answer = self.send(head.encode("latin-1") + body)
        return status, json.loads(answer) if answer.startswith(b"{") else {}


class RawSocket(Raw):
    """The same on the operator's socket."""

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(str(self.server.directory / "operator.sock"))
        return connection


def assert_nothing_stored(server):
    """Not one job was ever written, and the server still works."""
    _, report = server.audit()
    assert (report["totals"]["jobsCreated"], report["totals"]["jobsUpdated"]) == (0, 0)
    server.schedule("fine", dueTime="1h")
    assert server.has("fine")


# Those that are there for a moment


def post(name: str, body: bytes) -> bytes:
    """A request to schedule a job over HTTP."""
    head = f"POST /v1.0/jobs/{quote(name, safe='')} HTTP/1.1\r\nHost: localhost\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def exchange(port: int, data: bytes, is_reset=True, seconds: float = 2) -> bytes:
    """Says something on a connection of its own, and listens for a moment."""
    with connected(port, is_reset) as connection:
        connection.settimeout(seconds)
        try:
            connection.sendall(data)
            return connection.recv(65_536)
        except OSError:
            return b""


@contextmanager
def connected(port: int, is_reset=True, buffer: int | None = None):
    """A connection that is torn in the end, not closed."""
    with socket.socket() as connection:
        if buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", port))
        if is_reset:
            tear(connection)
        yield connection


def tear(connection: socket.socket) -> None:
    """When it is closed, the other side is told of a fault."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def crowd(ports: Iterable[int], **options):
    """A connection to each port, all at once."""
    with ExitStack() as stack:
        yield [stack.enter_context(connected(port, **options)) for port in ports]
