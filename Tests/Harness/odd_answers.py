"""Answers that no app should give, and an app that gives them."""

import socket
import threading
from urllib.parse import unquote

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"
MARKS = "".join(chr(0x300 + number % 0x6F) for number in range(16_000)).encode()


def status(code: str) -> bytes:
    return f"HTTP/1.1 {code}\r\n".encode() + EMPTY


def body(data: bytes) -> bytes:
    return OK + f"Content-Length: {len(data)}\r\n\r\n".encode() + data


ANSWERS = {
    **{f"status {code}".strip(): status(code) for code in (
        "000 X", "001 X", "099 X", "100 Continue", "101 Switching Protocols", "103 Early Hints",
        "199 X", "204", "299 X", "304 Not Modified", "600 X", "999 X", "1000 X", "-1 X", "20 X",
        "20x X", "99999999999999999999 X", "X", "",
    )},
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "version 0.9": b"HTTP/0.9 200 OK\r\n" + EMPTY,
    "version 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("15030300020228"),
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Len",
    "half a body": OK + b"Content-Length: 10\r\n\r\nhalf",
    "a provisional answer first": status("102 Processing") + status("200 OK"),
    "a provisional answer without an end": OK.replace(b"200", b"100"),
    "two answers": status("200 OK") * 2,
    "a negative length": OK + b"Content-Length: -1\r\n\r\n",
    "a length of more than 64 bits": OK + b"Content-Length: 18446744073709551616\r\n\r\n",
    "a huge length": OK + b"Content-Length: 9223372036854775807\r\n\r\nx",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    "a length and chunks": OK + b"Transfer-Encoding: chunked\r\n" + EMPTY + b"0\r\n\r\n",
    "a huge chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx",
    "no chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "an unknown coding": OK + b"Transfer-Encoding: gzip, what\r\n\r\nx",
    "NUL in a header": OK + b"X: a\0b\r\n" + EMPTY,
    "a header without a name": OK + b": x\r\n" + EMPTY,
    "a long header": OK + b"X: " + b"x" * 1_000_000 + b"\r\n" + EMPTY,
    "many headers": OK + b"X: x\r\n" * 100_000 + EMPTY,
    "a long body": body(b"x" * 1_000_000),
    "a key of combining marks": body(b'{"' + MARKS + b'":1,"status":"RETRY"}'),
    "keys of combining marks": body(
        b"{" + b",".join(b'"%d%s":1' % (n, MARKS[:1_000]) for n in range(60)) + b"}"),
    "deep JSON": body(b'{"status":' * 6_000),
    "one key many times": body(b"{" + b'"status":"DROP",' * 4_000 + b'"status":"RETRY"}'),
    "a status of another type": body(b'{"status":[[[[1]]]]}'),
    "half an escape": body(b'{"status":"\\ud842"}'),
    "no UTF-8": body(b'{"status":"\xff\xfe"}'),
    "a number beyond doubles": body(b'{"x":1e999999999,"status":"SUCCESS"}'),
}  # fmt: skip


class RawApp:
    """Answers a job with what stands under its name, or 200, and closes the connection."""

    def __init__(self, port: int):
        self.port = port
        self.called: set[str] = set()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=256)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        with connection:
            try:
                while b"\r\n\r\n" not in head:
                    more = connection.recv(65_536)
                    if not more:
                        return
                    head += more
                name = unquote(head.split(b" ", 2)[1].decode()).removeprefix("/job/")
                self.called.add(name)
                connection.sendall(ANSWERS.get(name, status("200 OK")))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):
                    pass
            except OSError:
                return
