"""HTTP/2 by hand, frame by frame: a client and an app that keep to its rules if a test wants it."""

import socket
import struct
import threading
import time
from dataclasses import dataclass, field

import hpack

from Harness import wire
from Harness.app import Call, Receiver
from Harness.waiting import wait_until
from Harness.wire import frame, prefixed

WINDOW = 65_535


def number(value: int) -> bytes:
    """As error codes and windows have it."""
    return struct.pack(">I", value)


def goodbye(last: int, code: int) -> bytes:
    return frame(wire.GOAWAY, payload=number(last) + number(code))


@dataclass
class Stream:
    """What has come on one stream. Trailers are among the headers."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    reset: int | None = None
    is_ended: bool = False
    window: int = WINDOW

    @property
    def http(self) -> int:
        return int(self.headers.get(":status", 0))

    @property
    def status(self) -> int | None:
        """gRPC's."""
        return int(self.headers["grpc-status"]) if "grpc-status" in self.headers else None


class Connection:
    """One end of a connection. It answers SETTINGS and PING as it should, on a thread of its own,
    and lets the other end send as much as it likes."""

    def __init__(self, connected: socket.socket, is_server=False, is_deaf=False):
        """One that is deaf reads nothing."""
        self.socket = connected
        self.socket.settimeout(60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.streams: dict[int, Stream] = {}
        # The last stream the other end took, and why it takes no more.
        self.goodbye: tuple[int, int] | None = None
        self.is_closed = False
        self.window = self.initial_window = WINDOW
        self.changed = threading.Condition()
        self._sending = threading.Lock()
        self._block = b""
        # A window of two gigabytes for all streams together, and one for each.
        window = struct.pack(">HI", wire.INITIAL_WINDOW_SIZE, 2**31 - 1)
        greeting = frame(wire.SETTINGS, payload=window)
        self.send((b"" if is_server else wire.PREFACE) + greeting)
        self.send(frame(wire.WINDOW_UPDATE, payload=number(2**31 - 1 - WINDOW)))
        if not is_deaf:
            self.thread = threading.Thread(target=self._read, args=(is_server,), daemon=True)
            self.thread.start()

    def send(self, data: bytes) -> None:
        """Raises OSError if the other end has closed the connection, or does not read any more."""
        with self._sending:
            self.socket.sendall(data)

    def send_headers(self, stream: int, headers: list, end=False) -> None:
        flags = wire.END_HEADERS | (wire.END_STREAM if end else 0)
        with self._sending:
            # The order of blocks is that of their table.
            self.socket.sendall(frame(wire.HEADERS, flags, stream, self.encoder.encode(headers)))

    def send_data(self, stream: int, data: bytes, end=False) -> bool:
        """Sends as the windows allow. False if the other end has answered before it had all."""
        mine, sent = self.streams[stream], 0
        while sent < len(data):
            wait_until(
                lambda: self.is_over(mine) or min(self.window, mine.window) > 0,
                "room for more", changed=self.changed,
            )  # fmt: skip
            if self.is_over(mine):
                return False
            with self.changed:
                size = min(self.window, mine.window, wire.FRAME_BYTES_MAX, len(data) - sent)
                self.window -= size
                mine.window -= size
            flags = wire.END_STREAM if end and sent + size == len(data) else 0
            self.send(frame(wire.DATA, flags, stream, data[sent : sent + size]))
            sent += size
        return True

    def is_over(self, stream: Stream) -> bool:
        return stream.is_ended or stream.reset is not None or self.is_closed

    def close(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # The other end was quicker.
        self.socket.close()

    # What comes

    def _read(self, is_server: bool) -> None:
        try:
            with self.socket.makefile("rb") as file:
                if is_server:
                    file.read(len(wire.PREFACE))
                while len(head := file.read(9)) == 9:
                    length = int.from_bytes(head[:3], "big")
                    type, flags, stream = struct.unpack(">BBI", head[3:])
                    self._take(type, flags, stream, file.read(length))
        except (OSError, ValueError):
            pass  # As good as an end.
        with self.changed:
            self.is_closed = True
            self.changed.notify_all()

    def _take(self, type: int, flags: int, stream: int, payload: bytes) -> None:
        if type in (wire.SETTINGS, wire.PING) and not flags & wire.ACK:
            self.send(frame(type, wire.ACK, 0, payload if type == wire.PING else b""))
        with self.changed:
            if type == wire.SETTINGS:
                self._adjust(payload)
            elif type == wire.GOAWAY:
                self.goodbye = struct.unpack(">II", payload[:8])
            elif type == wire.WINDOW_UPDATE and not stream:
                self.window += int.from_bytes(payload, "big")
            elif stream:
                self._take_of(self.streams.setdefault(stream, Stream()), type, flags, payload)
            self.changed.notify_all()
        if type in (wire.DATA, wire.HEADERS) and flags & wire.END_STREAM:
            self.ended(stream)

    def _take_of(self, stream: Stream, type: int, flags: int, payload: bytes) -> None:
        if type == wire.WINDOW_UPDATE:
            stream.window += int.from_bytes(payload, "big")
        elif type == wire.RST_STREAM:
            stream.reset = int.from_bytes(payload, "big")
        elif type == wire.DATA:
            stream.body += payload
        elif type in (wire.HEADERS, wire.CONTINUATION):
            self._block += payload
            if flags & wire.END_HEADERS:
                stream.headers |= dict(self.decoder.decode(self._block))
                self._block = b""
        if type in (wire.DATA, wire.HEADERS):
            stream.is_ended |= bool(flags & wire.END_STREAM)

    def _adjust(self, settings: bytes) -> None:
        for key, value in struct.iter_unpack(">HI", settings):
            if key == wire.INITIAL_WINDOW_SIZE:
                for stream in self.streams.values():
                    stream.window += value - self.initial_window
                self.initial_window = value

    def ended(self, stream: int) -> None:
        """The other end has said all it has to say on that stream."""


class Client(Connection):
    """with Client(port) as client: client.call(path, message).status"""

    def __init__(self, port: int, is_deaf=False):
        self.next = 1
        super().__init__(socket.create_connection(("127.0.0.1", port), 15), is_deaf=is_deaf)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def new(self) -> int:
        """A number for a stream."""
        self.next += 2
        self.streams[self.next - 2] = Stream(window=self.initial_window)
        return self.next - 2

    def request(self, path: str, end=False, **headers) -> int:
        """Begins a call, with other headers, or without those that are None; returns its stream."""
        said = {
            ":method": "POST", ":scheme": "http", ":path": path, ":authority": "test",
            "te": "trailers", "content-type": "application/grpc",
        } | {name.replace("_", "-"): value for name, value in headers.items()}  # fmt: skip
        stream = self.new()
        self.send_headers(stream, [item for item in said.items() if item[1] is not None], end)
        return stream

    def answer(self, stream: int) -> Stream:
        """How a call has ended."""
        mine = self.streams[stream]
        wait_until(lambda: self.is_over(mine), "an answer", changed=self.changed)
        return mine

    def call(self, path: str, message: bytes, **headers) -> Stream:
        stream = self.request(path, **headers)
        self.send_data(stream, prefixed(message), end=True)
        return self.answer(stream)


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
