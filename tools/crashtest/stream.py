"""The app behind a sidecar: takes triggers from a WatchJobs stream, and notes and answers them as
the other app does.

As much of HTTP/2, gRPC and protobuf as one stream needs, so that nothing need be installed.
"""

import json
import socket
import struct
import threading
import time

from app import App
from Harness import wire
from Harness.app import Call
from Harness.ledger import now
from Harness.wire import frame, varint

PATH = "/dapr.proto.scheduler.v1.Scheduler/WatchJobs"
STREAM = 1
# The stream's fields in scheduler.proto.
NAME, ID, PAYLOAD, DAYBOOK = 1, 2, 3, 1071
KEY, DUE, ATTEMPT, CAUSE, TRIGGER = 1, 2, 3, 4, 5


class Stream(App):
    """Connects to the server's scheduler port whenever it can."""

    _is_wanted = False
    _socket: socket.socket | None = None
    _reader: threading.Thread | None = None
    # When the connection was dropped, with all that was not answered there.
    _dropped: int | None = None

    def start(self) -> None:
        self._is_wanted = True
        self._reader = threading.Thread(target=self._run, daemon=True)
        self._reader.start()

    def stop(self) -> None:
        self._is_wanted = False
        if connection := self._socket:
            # Wakes the reader.
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        if self._reader:
            self._reader.join()

    def _run(self) -> None:
        while self._is_wanted:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
                    self._socket = connection
                    if self._dropped:
                        self.run.fault("app-down", self._dropped, now(), app=self.app_id)
                        self._dropped = None
                    self._watch(connection)
            except OSError:
                time.sleep(0.01)
            finally:
                self._socket = None

    def _watch(self, connection: socket.socket) -> None:
        """Takes triggers until the connection breaks."""
        grant = struct.pack(">I", 1 << 30)
        connection.sendall(
            wire.PREFACE
            + frame(wire.SETTINGS, 0, 0, struct.pack(">HI", wire.INITIAL_WINDOW_SIZE, 1 << 30))
            + frame(wire.WINDOW_UPDATE, 0, 0, grant)
            + frame(wire.HEADERS, wire.END_HEADERS, STREAM, head(self.port))
            + message(text(1, text(1, self.app_id) + text(2, "default")))
        )  # fmt: skip
        file = connection.makefile("rb")
        received = b""
        while self._is_wanted:
            start = file.read(9)
            if len(start) < 9:
                return
            length, kind, flags = int.from_bytes(start[:3], "big"), start[3], start[4]
            payload = file.read(length)
            if kind == wire.DATA:
                received += payload
                while len(received) >= 5:
                    end = 5 + int.from_bytes(received[1:5], "big")
                    if len(received) < end:
                        break
                    self._take(received[5:end], connection)
                    received = received[end:]
            elif kind in (wire.SETTINGS, wire.PING) and not flags & wire.ACK:
                answer = b"" if kind == wire.SETTINGS else payload
                connection.sendall(frame(kind, wire.ACK, 0, answer))
            elif kind in (wire.RST_STREAM, wire.GOAWAY):
                return

    def _take(self, encoded: bytes, connection: socket.socket) -> None:
        trigger = fields(encoded)
        about = fields(trigger[DAYBOOK])
        key = about[KEY].decode()
        headers = {
            "idempotency-key": key, "daybook-due-time": about[DUE].decode(),
            "daybook-attempt": about[ATTEMPT], "daybook-cause": about[CAUSE].decode(),
            "daybook-trigger": about[TRIGGER],
        }  # fmt: skip
        body = json_text(trigger.get(PAYLOAD, b"")).encode()
        call = Call(trigger[NAME].decode(), PATH.encode(), headers, body)
        status, pause = self.decide(key)
        time.sleep(pause)
        self.receive(call, status)
        if status is None:
            self._dropped = now()
            connection.shutdown(socket.SHUT_RDWR)
            return
        connection.sendall(
            message(text(2, number(1, trigger[ID]) + number(2, 0 if status == 200 else 1))))


# HTTP/2 and gRPC


def message(encoded: bytes) -> bytes:
    return frame(wire.DATA, 0, STREAM, wire.prefixed(encoded))


def head(port: int) -> bytes:
    return wire.headers([
        (":method", "POST"), (":scheme", "http"), (":path", PATH),
        (":authority", f"127.0.0.1:{port}"), ("te", "trailers"),
        ("content-type", "application/grpc"),
    ])  # fmt: skip


# Protobuf


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def text(field: int, value: str | bytes) -> bytes:
    """A string, or a message that is encoded already."""
    encoded = wire.raw(value)
    return varint(field << 3 | 2) + varint(len(encoded)) + encoded


def fields(encoded: bytes) -> dict[int, int | bytes]:
    """The fields of a message that has numbers, strings and messages, none repeated."""
    found: dict[int, int | bytes] = {}
    at = 0

    def take_varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = encoded[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(encoded):
        tag = take_varint()
        if tag & 7 == 0:
            found[tag >> 3] = take_varint()
        elif tag & 7 == 2:
            length = take_varint()
            found[tag >> 3] = encoded[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {tag & 7} of field {tag >> 3}")
    return found


def json_text(payload: bytes) -> str:
    """The JSON of an `Any` that holds a string: google.protobuf.Value's field 3."""
    value = fields(payload).get(2, b"")
    return json.dumps(fields(value).get(3, b"").decode()) if value else ""
