"""HTTP/2 by hand, frame by frame: a client that keeps to its rules if whoever has it wants that."""

import socket
import struct
import threading
from dataclasses import dataclass, field

try:
    import hpack
except ImportError:
    # It need not be installed: then nobody knows what headers say.
    hpack = None

from . import wire
from .waiting import wait_until
from .wire import frame, prefixed

WINDOW = 65_535


def number(value: int) -> bytes:
    """As error codes and windows have it."""
    return struct.pack(">I", value)


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
        self.decoder = hpack.Decoder() if hpack else None
        if not is_deaf:
            self.thread = threading.Thread(target=self._read, args=(is_server,), daemon=True)
            self.thread.start()

    def send(self, data: bytes) -> None:
        """Raises OSError if the other end has closed the connection, or does not read any more."""
        with self._sending:
            self.socket.sendall(data)

    def send_headers(self, stream: int, headers: list, end=False) -> None:
        flags = wire.END_HEADERS | (wire.END_STREAM if end else 0)
        self.send(frame(wire.HEADERS, flags, stream, wire.headers(headers)))

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
                if self.decoder:
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
