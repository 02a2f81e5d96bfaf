"""Clients that attack HTTP/2 itself. Whoever floods is hung up on, with a goodbye that says what
was taken; everybody else is served all the while, and the server's memory stays within bounds."""

import struct
import time
from itertools import chain, repeat

import pytest

from Harness import wire
from Harness.waiting import DEADLINE, wait_until
from peers_bystander import MEGABYTE, memory, served
from peers_http2 import Client, frame, number
from protos import JOBS
from sidecar import SCHEDULER, app

pytestmark = pytest.mark.sidecars

OK, EXHAUSTED = 0, 8
SCHEDULE, MISSING = f"/{JOBS}/ScheduleJob", f"/{JOBS}/Missing"
# What may come on top of what a server takes anyway, whatever it is sent.
GROWTH_MAX = 64 * MEGABYTE


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
    headers = [
        (":method", "POST"), (":scheme", "http"), (":path", SCHEDULE), (":authority", "test"),
        ("te", "trailers"), ("content-type", "application/grpc"),
    ]  # fmt: skip
    return frame(wire.HEADERS, wire.END_HEADERS, client.new(), client.encoder.encode(headers))


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


def send_until_hung_up_on(client: Client, flood) -> bool:
    """Whether it was hung up on, after so long; it may have been stalled, if it is deaf."""
    end = time.monotonic() + DEADLINE
    try:
        for piece in flood:
            client.send(piece)
            if time.monotonic() > end:
                return False
    except TimeoutError:
        return False
    except OSError:
        return True


@pytest.mark.parametrize("name", FLOODS)
def test_who_floods_is_hung_up_on_and_nobody_else_notices(server, protos, name):
    request = protos.message("ScheduleJobRequest")(job={"name": "test", "due_time": "1h"})
    before = memory(server)
    with served(server, protos), Client(server.grpc_port) as client:
        assert client.call(SCHEDULE, request.SerializeToString()).status == OK
        assert send_until_hung_up_on(client, FLOODS[name](client)), "it may go on for ever"
        wait_until(lambda: client.is_closed, "the end", changed=client.changed)
        if client.goodbye:
            last, code = client.goodbye
            # The first call was taken, and none that was not made.
            assert 1 <= last < client.next and code != 0, client.goodbye
    assert memory(server) - before < GROWTH_MAX


@pytest.mark.parametrize("name", ["pings", "settings", "resets", "made resets", "priorities"])
def test_who_floods_and_reads_no_answer_costs_no_memory(server, protos, name):
    """It is hung up on, or nothing is read from it any more."""
    before = memory(server)
    with served(server, protos), Client(server.grpc_port, is_deaf=True) as client:
        send_until_hung_up_on(client, FLOODS[name](client))
        assert memory(server) - before < GROWTH_MAX


def test_sidecars_are_served_while_one_of_them_floods(server, protos):
    job = {"due_time": "1h"}
    request = protos.message("dapr.proto.scheduler.v1.ScheduleJobRequest")
    with served(server, protos), Client(server.scheduler_port) as client:
        assert send_until_hung_up_on(client, resets(client)), "it may go on for ever"
    with Client(server.scheduler_port) as client:
        asked = request(name="test", metadata=app(), job=job).SerializeToString()
        assert client.call(f"/{SCHEDULER}/ScheduleJob", asked).status == OK


# Headers that are larger than they look


def said(*fields: bytes) -> bytes:
    """The headers of a call, and those fields, encoded without any table."""
    plain = {
        b":method": b"POST", b":scheme": b"http", b":path": MISSING.encode(),
        b":authority": b"test", b"te": b"trailers", b"content-type": b"application/grpc",
    }  # fmt: skip
    return b"".join(literal(name, value) for name, value in plain.items()) + b"".join(fields)


def literal(name: bytes, value: bytes, kind=b"\x00") -> bytes:
    return kind + length(name) + name + length(value) + value


def length(text: bytes) -> bytes:
    """A number with a prefix of seven bits, as RFC 7541 has it."""
    left = len(text) - 127
    if left < 0:
        return bytes([len(text)])
    encoded = b"\x7f"
    while left > 127:
        encoded, left = encoded + bytes([left & 127 | 128]), left >> 7
    return encoded + bytes([left])


BOMBS = {
    # A field of 4 kB goes into the table, and is then named 60,000 times by a byte: 240 MB.
    "a field named again and again": said(literal(b"x", b"a" * 3_900, b"\x40"), b"\xbe" * 60_000),
    "a field of megabytes": said(literal(b"x", b"a" * 4 * MEGABYTE)),
    "a name of megabytes": said(literal(b"x" * 4 * MEGABYTE, b"a")),
    "a hundred thousand fields": said(literal(b"x", b"a") * 100_000),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_headers_are_bounded_by_what_they_are_once_they_are_read(server, protos, bomb):
    """431 or the like, or the end of the connection."""
    block = BOMBS[bomb]
    before = memory(server)
    size = wire.FRAME_BYTES_MAX
    pieces = [block[start : start + size] for start in range(0, len(block), size)]
    with served(server, protos), Client(server.grpc_port) as client:
        stream = client.new()
        try:
            client.send(frame(wire.HEADERS, wire.END_STREAM, stream, pieces[0]))
            for piece in pieces[1:]:
                client.send(frame(wire.CONTINUATION, 0, stream, piece))
            client.send(frame(wire.CONTINUATION, wire.END_HEADERS, stream))
        except OSError:
            pass  # It has been hung up on.
        answer = client.answer(stream)
        assert answer.http in (0, 431) or answer.status in (EXHAUSTED, 13), answer
        assert memory(server) - before < GROWTH_MAX


BROKEN = {
    "an index of nothing": b"\xff\xff\xff\xff\x0f",
    "a table of a gigabyte": b"\x3f\xe1\xff\xff\xff\x03",
    "a number without end": b"\x7f" + b"\xff" * 1_000,
    "a text beyond the block": b"\x00\x7f\xff\xff\xff\x07x",
    "no Huffman code": b"\x00\x01x\x84\xff\xff\xff\xff",
}


@pytest.mark.parametrize("block", BROKEN)
def test_headers_that_cannot_be_read_end_the_connection(server, protos, block):
    with served(server, protos), Client(server.grpc_port) as client:
        flags = wire.END_HEADERS | wire.END_STREAM
        client.send(frame(wire.HEADERS, flags, client.new(), BROKEN[block]))
        wait_until(lambda: client.is_closed, "the end", changed=client.changed)
        assert not client.goodbye or client.goodbye[1] != 0
