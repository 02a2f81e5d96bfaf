"""What attacks HTTP/2 itself: floods of frames, and headers that are larger than they look or that
cannot be read."""

import struct
import time
from itertools import chain, repeat

from . import wire
from .http2 import Client, number
from .waiting import DEADLINE
from .wire import frame, literal

SCHEDULE = "/dapr.proto.runtime.v1.Dapr/ScheduleJob"
MISSING = "/dapr.proto.runtime.v1.Dapr/Missing"


# Floods: each is endless, in pieces that are sent one by one.


def resets(client):
    """A call is begun and taken back, again and again."""
    while True:
        yield b"".join(opened(client) + reset(client.next - 2) for _ in range(200))


def made_resets(client):
    """A call is begun and broken, so that the server takes it back."""
    while True:
        yield b"".join(
            opened(client) + frame(wire.WINDOW_UPDATE, 0, client.next - 2, number(0))
            for _ in range(200)
        )  # fmt: skip


def opened(client) -> bytes:
    return frame(wire.HEADERS, wire.END_HEADERS, client.new(), wire.headers(head(SCHEDULE)))


def head(path: str) -> list[tuple[str, str]]:
    return [
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"),
        ("te", "trailers"), ("content-type", "application/grpc"),
    ]  # fmt: skip


def reset(stream: int) -> bytes:
    return frame(wire.RST_STREAM, 0, stream, number(8))


def empty_data(client):
    return repeat(frame(wire.DATA, 0, client.request(SCHEDULE)) * 1_000)


def empty_continuations(client):
    begun = frame(wire.HEADERS, 0, client.new(), b"")
    return chain([begun], repeat(frame(wire.CONTINUATION, 0, client.next - 2) * 1_000))


def full_continuations(client):
    # Literals that are in no table, whose names and values are of 100 bytes.
    literal = b"\x00\x64" + b"n" * 100 + b"\x64" + b"v" * 100
    block = literal * (wire.FRAME_BYTES_MAX // len(literal))
    begun = frame(wire.HEADERS, 0, client.new(), block)
    return chain([begun], repeat(frame(wire.CONTINUATION, 0, client.next - 2, block)))


def window_updates_of_a_stream(client):
    stream = client.request(SCHEDULE)
    return repeat(frame(wire.WINDOW_UPDATE, 0, stream, number(1)) * 1_000)


FLOODS = {
    "resets": resets,
    "made resets": made_resets,
    "pings": lambda _: repeat(frame(wire.PING, payload=bytes(8)) * 1_000),
    "settings": lambda _: repeat(frame(wire.SETTINGS) * 1_000),
    "full settings": lambda _: repeat(
        frame(wire.SETTINGS, payload=struct.pack(">HI", 3, 9) * 2_000)
    ),
    "empty data": empty_data,
    "empty continuations": empty_continuations,
    "full continuations": full_continuations,
    "window updates": lambda _: repeat(frame(wire.WINDOW_UPDATE, payload=number(1)) * 1_000),
    "window updates of a stream": window_updates_of_a_stream,
    "priorities": lambda _: repeat(frame(wire.PRIORITY, 0, 9, number(0) + b"\x10") * 1_000),
    "frames that nobody knows": lambda _: repeat(frame(0xFA, 0, 0, b"?") * 1_000),
}


def send_until_hung_up_on(client: Client, flood, seconds: float = DEADLINE) -> bool:
    """Whether it was hung up on, after so long; it may have been stalled, if it is deaf."""
    end = time.monotonic() + seconds
    try:
        for piece in flood:
            client.send(piece)
            if time.monotonic() > end:
                return False
    except TimeoutError:
        return False
    except OSError:
        return True


# Headers that are larger than they look


def said(*fields: bytes) -> bytes:
    """The headers of a call, and those fields, encoded without any table."""
    return wire.headers(head(MISSING)) + b"".join(fields)


def send_in_pieces(client: Client, block: bytes) -> int:
    """A block of headers of any size; returns its stream."""
    size, stream = wire.FRAME_BYTES_MAX, client.new()
    first, *rest = [block[start : start + size] for start in range(0, len(block), size)]
    try:
        client.send(frame(wire.HEADERS, wire.END_STREAM, stream, first))
        for piece in rest:
            client.send(frame(wire.CONTINUATION, 0, stream, piece))
        client.send(frame(wire.CONTINUATION, wire.END_HEADERS, stream))
    except OSError:
        pass  # It has been hung up on.
    return stream


BOMBS = {
    # A field of 4 kB goes into the table, and is then named 60,000 times by a byte: 240 MB.
    "a field named again and again": said(literal(b"x", b"a" * 3_900, b"\x40"), b"\xbe" * 60_000),
    "a field of megabytes": said(literal(b"x", b"a" * (4 << 20))),
    "a name of megabytes": said(literal(b"x" * (4 << 20), b"a")),
    "a hundred thousand fields": said(literal(b"x", b"a") * 100_000),
}


BROKEN = {
    "an index of nothing": b"\xff\xff\xff\xff\x0f",
    "a table of a gigabyte": b"\x3f\xe1\xff\xff\xff\x03",
    "a number without end": b"\x7f" + b"\xff" * 1_000,
    "a text beyond the block": b"\x00\x7f\xff\xff\xff\x07x",
    "no Huffman code": b"\x00\x01x\x84\xff\xff\xff\xff",
}
