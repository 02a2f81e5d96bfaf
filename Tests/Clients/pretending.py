"""What only looks like a server."""

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from Harness import wire


class Pretender:
    """Answers every request alike, whatever it is, and remembers what it was asked."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str], chunks: int):
        self.requests: list[tuple[str, str]] = []
        self.tokens: list[str | None] = []
        pretender = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                pretender.requests.append((self.command, self.path))
                pretender.tokens.append(self.headers.get("dapr-api-token"))
                self.rfile.read(int(self.headers.get("content-length", "0")))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if chunks:
                    self.send_header("transfer-encoding", "chunked")
                elif "content-length" not in headers:
                    self.send_header("content-length", str(len(body)))
                self.end_headers()
                try:
                    for _ in range(chunks):
                        self.wfile.write(b"%x\r\n%b\r\n" % (len(body), body))
                    self.wfile.write(b"0\r\n\r\n" if chunks else body)
                except OSError:
                    pass  # It has seen enough.

            do_GET = do_POST = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def pretending(status=200, body=b"", headers: dict[str, str] | None = None, chunks=0):
    """A server that sends this, whatever it is asked; with `chunks` so often, and no length."""
    pretender = Pretender(status, body, headers or {}, chunks)
    thread = threading.Thread(target=pretender.server.serve_forever)
    thread.start()
    try:
        yield pretender
    finally:
        pretender.server.shutdown()
        pretender.server.server_close()
        thread.join()


@contextmanager
def listening(port=0):
    """Takes connections and never says a word."""
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", port))
        silent.listen()
        yield f"http://127.0.0.1:{silent.getsockname()[1]}", silent


@contextmanager
def hanging_up():
    """Takes connections, reads what comes first and closes them."""

    def serve(listener: socket.socket):
        try:
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
        except OSError:
            pass  # The listener is closed.

    with listening() as (address, listener):
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield address
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


# What a client that looks for HTTP/2 says: the preface, and SETTINGS without any.
HELLO = wire.PREFACE + wire.frame(wire.SETTINGS)


class Mute:
    """Takes connections, reads what comes and never says a word."""

    def __init__(self, listener: socket.socket, said: bytes = b""):
        self.port = listener.getsockname()[1]
        self.said = said
        # What each connection that the other side has closed had sent.
        self.heard: list[bytes] = []
        self.open: set[socket.socket] = set()
        self.listener = listener

    def serve(self) -> None:
        try:
            while True:
                connection, _ = self.listener.accept()
                self.open.add(connection)
                threading.Thread(target=self.read, args=(connection,)).start()
        except OSError:
            pass  # The listener is closed.

    def read(self, connection: socket.socket) -> None:
        heard = b""
        try:
            connection.sendall(self.said)
            while data := connection.recv(65_536):
                heard += data
        except OSError:
            pass  # As good as an end.
        self.heard.append(heard)
        self.open.discard(connection)
        connection.close()


@contextmanager
def mute(port=0, said=b""):
    """What takes connections and never says a word, or always `said` and no more."""
    with listening(port) as (_, listener):
        made = Mute(listener, said)
        thread = threading.Thread(target=made.serve)
        thread.start()
        try:
            yield made
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in list(made.open):
                connection.shutdown(socket.SHUT_RDWR)
            made.listener.close()
