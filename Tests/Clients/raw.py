"""Requests no well-behaved client would send."""

import json
import socket


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
