"""An app that speaks HTTP/2 by hand, frame by frame, and keeps to its rules if a test wants it."""

import socket
import threading
import time

from Harness import wire
from Harness.app import Call, Receiver
from Harness.http2 import Connection, number
from Harness.wire import frame, prefixed


def goodbye(last: int, code: int) -> bytes:
    return frame(wire.GOAWAY, payload=number(last) + number(code))


class HandmadeApp(Receiver):
    """An app that answers the call of a job as the job's name tells it to, and others with OK:
    answers["name"] is called with the connection and the stream, once the call is complete. So are
    its refusals, one for each of the first calls; such a call it has not seen."""

    notes_answers = False

    def __init__(self, port: int, event, answers: dict, refusals=()):
        super().__init__()
        self.port = port
        self.event = event
        self.answers = answers
        self.refusals = list(refusals)
        self.calls: list[Call] = []
        self.connections: list[Connection] = []
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()
        self.came()

    def _accept(self) -> None:
        try:
            while True:
                connected, _ = self.listener.accept()
                self.connections.append(ToScheduler(connected, self))
        except OSError:
            pass  # The listener is closed.

    def called(self, connection: Connection, stream: int) -> None:
        try:
            (self.refusals.pop(0) if self.refusals else self.take)(connection, stream)
        except OSError:
            pass  # It has been hung up on.

    def take(self, connection: Connection, stream: int) -> None:
        asked = connection.streams[stream]
        event = self.event.FromString(asked.body[5:])
        method = asked.headers[":path"].rpartition("/")[2].encode()
        self.calls.append(
            Call(event.name, method, asked.headers, event.data.value, time.time_ns())
        )  # fmt: skip
        self.answers.get(event.name, ok)(connection, stream)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            connection.close()


class ToScheduler(Connection):
    """One that a scheduler has made to an app."""

    def __init__(self, connected: socket.socket, app: HandmadeApp):
        self.app = app
        super().__init__(connected, is_server=True)

    def ended(self, stream: int) -> None:
        # An answer may be without end: frames are read meanwhile.
        threading.Thread(target=self.app.called, args=(self, stream), daemon=True).start()


def ok(connection: Connection, stream: int) -> None:
    connection.send_headers(
        stream, [(":status", "200"), ("content-type", "application/grpc")]
    )  # fmt: skip
    connection.send(frame(wire.DATA, 0, stream, prefixed(b"")))
    connection.send_headers(stream, [("grpc-status", "0")], end=True)
