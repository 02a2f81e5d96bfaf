"""Apps that attack the scheduler that calls them. Whatever they answer is an outcome of the one
call, and the next is made as if nothing had been."""

import struct
from itertools import repeat

import pytest

from Harness import wire
from Harness.http2 import number
from Harness.making import making
from Harness.waiting import wait_until
from Harness.wire import frame, prefixed
from peers import PATIENCE
from peers_bystander import MEGABYTE, memory
from peers_http2 import HandmadeApp, goodbye, ok
from test_grpc_app import outcomes

GRPC = [(":status", "200"), ("content-type", "application/grpc")]
NO_RETRY = {"drop": {}}
GROWTH_MAX = 128 * MEGABYTE


@pytest.fixture
def handmade(ports, protos):
    """Makes apps that listen: handmade({"job": answer})."""

    def made(answers: dict, refusals=()) -> HandmadeApp:
        return HandmadeApp(ports.free(), protos.message("JobEventRequest"), answers, refusals)

    with making(made, HandmadeApp.close) as make:
        yield make


@pytest.fixture
def serve_calling(serve):
    """Starts a server that calls such an app."""
    return lambda app, *flags: serve(app, flags=("--app-protocol", "grpc", *flags))


# Answers. Each is all that is said on the stream of a call, or on its connection from then on.


def says(*headers: tuple[str, str], end=True):
    return lambda link, stream: link.send_headers(stream, list(headers), end)


def sends(*frames):
    """Frames that are given the stream, or bytes. Then it hangs up."""

    def answer(link, stream: int):
        for one in frames:
            link.send(one if isinstance(one, bytes) else one(stream))
        link.close()

    return answer


def floods(*frames, begun=True):
    """The same frames for ever, until it is hung up on, after the beginning of an answer."""

    def answer(link, stream: int):
        if begun:
            link.send_headers(stream, GRPC)
        for one in repeat(b"".join(f if isinstance(f, bytes) else f(stream) for f in frames)):
            link.send(one)

    return answer


def never_ending_headers(link, stream: int):
    block = (b"\x00\x64" + b"n" * 100 + b"\x64" + b"v" * 100) * 80
    link.send(frame(wire.HEADERS, 0, stream, block))
    while True:
        link.send(frame(wire.CONTINUATION, 0, stream, block))


def bomb(link, stream: int):
    """A field of 4 kB that is named 16,000 times."""
    field = b"\x40\x01x\x7f\xbd\x1d" + b"a" * 3_900
    link.send(frame(wire.HEADERS, 0, stream, b"\x88" + field))
    flags = wire.END_HEADERS | wire.END_STREAM
    link.send(frame(wire.CONTINUATION, flags, stream, b"\xbe" * 16_000))


def endless_message(link, stream: int):
    """It has said how long it is: four gigabytes."""
    link.send_headers(stream, GRPC)
    link.send(frame(wire.DATA, 0, stream, b"\0\xff\xff\xff\xff"))
    while link.streams[stream].reset is None:
        link.send(frame(wire.DATA, 0, stream, bytes(wire.FRAME_BYTES_MAX)))


def interim(stream: int) -> bytes:
    return frame(wire.HEADERS, wire.END_HEADERS, stream, b"\x08\x03100") * 200


def empty(stream: int) -> bytes:
    return frame(wire.DATA, 0, stream) * 1_000


def messages(stream: int) -> bytes:
    return frame(wire.DATA, 0, stream, prefixed(b"") * 1_000)


def is_reset(code: int):
    return lambda stream: frame(wire.RST_STREAM, 0, stream, number(code))


FAILURES = {
    "another status": says(*GRPC, ("grpc-status", "13"), ("grpc-message", "no")),
    "a status of tomorrow": says(*GRPC, ("grpc-status", "99")),
    "a status that is no number": says(*GRPC, ("grpc-status", "OK")),
    "a status below nothing": says(*GRPC, ("grpc-status", "-1")),
    "a message that is no text": says(*GRPC, ("grpc-status", "2"), ("grpc-message", "%ff%")),
    "no status": says(*GRPC),
    "no HTTP status": says(("content-type", "application/grpc"), ("grpc-status", "0")),
    "503": says((":status", "503"), ("content-type", "text/html")),
    "301": says((":status", "301"), ("location", "http://127.0.0.1/")),
    "an end with data": lambda link, stream: (
        link.send_headers(stream, GRPC),
        link.send(frame(wire.DATA, wire.END_STREAM, stream, prefixed(b""))),
    ),
    "RST_STREAM": lambda link, stream: link.send(is_reset(wire.INTERNAL_ERROR)(stream)),
    "RST_STREAM in an answer": lambda link, stream: (
        link.send_headers(stream, GRPC), link.send(is_reset(wire.INTERNAL_ERROR)(stream)),
    ),
    "GOAWAY behind the call": sends(lambda stream: goodbye(stream, wire.INTERNAL_ERROR)),
    "GOAWAY of nonsense": sends(frame(7, payload=b"\0")),
    "the end": sends(),
    "half of a frame": sends(lambda stream: frame(wire.HEADERS, 4, stream, b"\x88" * 9)[:12]),
    "garbage": sends(bytes(range(256)) * 64),
    "HTTP/1": sends(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"),
    "no HPACK": sends(lambda stream: frame(wire.HEADERS, 5, stream, b"\xff" * 8)),
    "a frame of 16 MB": sends(b"\xff\xff\xff" + frame(wire.DATA)[3:]),
    "a promise": sends(lambda stream: frame(wire.PUSH_PROMISE, 4, stream, number(2) + b"\x88")),
    "a call of the app": sends(frame(wire.HEADERS, 5, 2, b"\x88")),
    "a window that is too large": sends(frame(wire.WINDOW_UPDATE, payload=number(2**31 - 1)) * 2),
    "settings that cannot be": sends(frame(wire.SETTINGS, payload=struct.pack(">HI", 5, 1))),
}  # fmt: skip

FLOODS = {
    "pings": floods(frame(wire.PING, payload=bytes(8)) * 1_000),
    "settings": floods(frame(wire.SETTINGS) * 1_000),
    "window updates": floods(frame(wire.WINDOW_UPDATE, payload=number(1)) * 1_000),
    "priorities": floods(frame(wire.PRIORITY, 0, 9, number(0) + b"\x10") * 1_000),
    "empty data": floods(empty),
    "messages": floods(messages),
    "resets of nothing": floods(is_reset(wire.NO_ERROR), begun=False),
    "interim answers": floods(interim, begun=False),
    "frames that nobody knows": floods(frame(0xFA, 0, 0, b"?") * 1_000),
    "headers without end": never_ending_headers,
    "headers that are a bomb": bomb,
    "a message of gigabytes": endless_message,
}


# What tells nothing of the call: it is sent again, and fails when its connection breaks the third
# time in a row.
BREAKS = {
    "no HTTP status", "RST_STREAM", "RST_STREAM in an answer", "GOAWAY behind the call",
    "GOAWAY of nonsense", "the end", "half of a frame", "garbage", "HTTP/1", "no HPACK",
    "a frame of 16 MB", "a promise", "a call of the app", "a window that is too large",
    "settings that cannot be",
}  # fmt: skip
ANSWERED, BROKEN = {"failed": 1}, {"abandoned": 2, "failed": 1}


def assert_the_next_is_called(server, app):
    server.schedule("next", dueTime="0s", failurePolicy=NO_RETRY)
    server.wait_until_gone("next")
    assert [call.name for call in app.calls].count("next") == 1
    assert outcomes(server).get("succeeded") == 1


@pytest.mark.audited_only("nobody notes what a hostile app answers")
@pytest.mark.parametrize("name", FAILURES)
def test_what_is_no_success_is_a_failure(handmade, serve_calling, name):
    """And no second call of what was answered: the app has seen the first."""
    app = handmade({"hostile": FAILURES[name]})
    server = serve_calling(app)
    server.schedule("hostile", dueTime="0s", failurePolicy=NO_RETRY)
    server.wait_until_gone("hostile")
    expected = BROKEN if name in BREAKS else ANSWERED
    assert outcomes(server) == expected
    assert [call.name for call in app.calls] == ["hostile"] * sum(expected.values())
    assert len({call.key for call in app.calls}) == 1
    assert_the_next_is_called(server, app)


@pytest.mark.audited_only("nobody notes what a hostile app answers")
@pytest.mark.parametrize("name", FLOODS)
def test_an_app_that_floods_is_hung_up_on(handmade, serve_calling, name):
    """If it is not, the call fails when its time is up."""
    app = handmade({"hostile": FLOODS[name]})
    server = serve_calling(app, "--job-timeout", "5s")
    before = memory(server)
    server.schedule("hostile", dueTime="0s", failurePolicy=NO_RETRY)
    server.wait_until_gone("hostile")
    assert memory(server) - before < GROWTH_MAX
    assert outcomes(server) in (ANSWERED, BROKEN)
    assert_the_next_is_called(server, app)


def refuses(link, stream: int):
    link.send(is_reset(wire.REFUSED_STREAM)(stream))


def says_goodbye_to_it(link, stream: int):
    link.send(goodbye(stream - 2 if stream > 1 else 0, wire.NO_ERROR))
    link.close()


@pytest.mark.parametrize("refusal", [refuses, says_goodbye_to_it])
def test_a_call_that_an_app_has_not_begun_with_is_made_again(handmade, serve_calling, refusal):
    """It says so by HTTP/2's means. No attempt is used up for that, though there is but one."""
    app = handmade({}, refusals=[refusal, refusal])
    server = serve_calling(app)
    server.schedule("test", dueTime="0s", failurePolicy=NO_RETRY)
    server.wait_until_gone("test")
    assert app.refusals == []
    assert [call.attempt for call in app.calls] == [1]
    assert outcomes(server)["succeeded"] == 1 and "failed" not in outcomes(server)


def test_an_app_may_ping_and_change_its_settings_as_it_answers(handmade, serve_calling):
    """As grpc-go does with every call."""

    def answer(link, stream: int):
        link.send(frame(wire.PING, payload=bytes(8)))
        link.send(frame(wire.SETTINGS, payload=struct.pack(">HI", 4, 65_535 + stream)))
        link.send(frame(wire.WINDOW_UPDATE, payload=number(10)))
        ok(link, stream)

    names = [f"job {index}" for index in range(20)]
    app = handmade(dict.fromkeys(names, answer))
    server = serve_calling(app)
    for name in names:
        server.schedule(name, schedule="@every 20ms", repeats=50)
    wait_until(lambda: sum(outcomes(server).values()) >= 1_000, "all is answered", PATIENCE)
    assert outcomes(server) == {"succeeded": 1_000}
    assert server.audit()[1]["possibleDuplicates"] == []
