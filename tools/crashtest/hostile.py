"""Hostile visitors: each is at the server for some seconds, does what no honest client, sidecar or
app does, and leaves nothing behind. The server must live, and whoever else is there not notice.

They have an app of their own, GUEST, which answers as no app should, and sidecars of a third,
STRANGER. What they call of the app that is judged changes none of its jobs.
"""

import json
import signal
import struct
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from Harness import wire
from Harness.floods import (
    BOMBS, BROKEN, FLOODS, SCHEDULE, send_in_pieces, send_until_hung_up_on,
)  # fmt: skip
from Harness.http2 import Client
from Harness.odd_answers import ANSWERS, RawApp
from Harness.raw import GET, NOT_HTTP, ODD_REQUESTS, POST, crowd, exchange, post, tear
from Harness.waiting import free_port
from Harness.wire import frame, prefixed
from programme import Scene
from stream import PATH, number, text

GUEST, STRANGER = "guest", "stranger"
# Whose the jobs of strangers are: the metadata of their requests.
OF_STRANGER = text(1, STRANGER) + text(2, "default") + text(3, text(1, b""))
SCHEDULER = "/dapr.proto.scheduler.v1.Scheduler"
# A setting by which nothing may be sent on streams.
NO_WINDOW = struct.pack(">HI", wire.INITIAL_WINDOW_SIZE, 0)
# Seconds for which a visitor waits for an answer, and for which many stay.
PATIENCE, STAY = 2, 2
MARKS = "".join(chr(0x300 + number % 0x6F) for number in range(1 << 19)).encode()
TIMEOUTS = (
    "-1S", "+5S", "-9999999n", "100000000S", "99999999H", "0n", "S", "1", "", "1x", "1S ", b"\xff",
)  # fmt: skip


@dataclass
class Visitors:
    """Those of one scene, whose server has not been started yet: it is given a second app."""

    scene: Scene
    # Those who have not come since all had.
    waiting: list[Callable] = field(default_factory=list)

    def __post_init__(self):
        server = self.scene.server
        self.app = RawApp(free_port())
        self.http, self.grpc, self.scheduler = free_port(), free_port(), free_port()
        self.https, self.random = [server.port, self.http, server.metrics_port], self.scene.random
        self.grpcs = [self.grpc, self.scheduler]
        apps = [
            {"id": server.app_id, "http-port": server.port, "app-port": self.scene.app.port},
            {"id": GUEST, "http-port": self.http, "app-port": self.app.port,
             "grpc-port": self.grpc, "max-in-flight": 8},
        ]  # fmt: skip
        path = self.scene.run.path / "daybook.json"
        path.write_text(json.dumps({"apps": apps}))
        server.command = [
            str(server.binary), "serve", "--config", str(path), "--log-format", "json",
            "--data-dir", str(server.directory), "--scheduler-port", str(self.scheduler),
            *self.scene.flags,
        ]  # fmt: skip

    def come(self) -> str:
        """One of them comes and goes; which. All have come before one comes again."""
        if not self.waiting:
            self.waiting = self.random.sample(VISITS, len(VISITS))
        visit = self.waiting.pop()
        with suppress(OSError):
            visit(self)
        self.clear()
        name = visit.__name__.replace("_", "-")
        self.scene.programme.count(name)
        return name

    def clear(self) -> None:
        """Deletes the jobs of all of them."""
        status, said = self.scene.server.request("DELETE", "/v1.0/jobs?prefix=", port=self.http)
        assert status == 200, f"what visitors left cannot be deleted: {status} {said}"
        with Client(self.scheduler) as client:
            call(client, f"{SCHEDULER}/DeleteByNamePrefix", text(1, "v") + text(2, OF_STRANGER))


# How they speak


def call(client: Client, path: str, message: bytes, **headers) -> int:
    """Makes a call and waits a moment for its end; returns its stream."""
    stream = client.request(path, **headers)
    client.send_data(stream, prefixed(message), end=True)
    wait(client, lambda: client.is_over(client.streams[stream]))
    return stream


def wait(client: Client, predicate) -> None:
    with client.changed:
        client.changed.wait_for(predicate, PATIENCE)


def sidecar(client: Client, *more: bytes) -> int:
    """Begins a stream that watches for the stranger's jobs."""
    stream = client.request(PATH)
    greeting = text(1, text(1, STRANGER) + text(2, "default") + b"".join(more))
    client.send_data(stream, prefixed(greeting))
    return stream


def schedule(visitors: Visitors, count: int, data: bytes) -> None:
    """Jobs of the stranger that are due at once."""
    job = text(3, "0s") + text(5, text(1, "t") + text(2, data)) + text(6, text(1, b""))
    with Client(visitors.scheduler) as client:
        for place in range(count):
            request = text(1, f"v{place}") + text(2, job) + text(3, OF_STRANGER)
            call(client, f"{SCHEDULER}/ScheduleJob", request + number(4, 1))


# Who they are


def odd_requests(visitors: Visitors) -> None:
    """What is hardly HTTP, and requests that are never whole."""
    draw = visitors.random
    for data in draw.sample([*NOT_HTTP, *ODD_REQUESTS], 12):
        exchange(draw.choice(visitors.https), data, draw.random() < 0.7, 0.3)


def odd_metadata(visitors: Visitors) -> None:
    """Headers that gRPC does not allow, and messages that protobuf does not."""
    oddities = [{"grpc-timeout": value} for value in TIMEOUTS] + [
        {"te": None}, {"content-type": None}, {"content-type": "text/plain"}, {":method": "PATCH"},
        {":path": ""}, {":path": None}, {":scheme": "ftp"}, {"grpc-encoding": "zstd"},
        {"content-length": "-1"}, {":authority": "a\0b"}, {"UPPER": "case"}, {"x-bin": "\x01%"},
    ]  # fmt: skip
    for port in visitors.grpcs:
        path = SCHEDULE if port == visitors.grpc else f"{SCHEDULER}/GetJob"
        for oddity in oddities:
            with suppress(OSError), Client(port) as client:
                call(client, path, visitors.random.randbytes(9), **oddity)


def keys_of_marks(visitors: Visitors) -> None:
    """Keys that are costly to compare, deep nesting and the same key again and again."""
    datas = [
        b'{"%s":1}' % MARKS, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b"[" * 1_000_000,
        b"{" + b'"same":1,' * 50_000 + b'"same":2}',
    ]  # fmt: skip
    for place, data in enumerate(datas):
        body = b'{"dueTime":"1h","overwrite":true,"data":' + data + b"}"
        exchange(visitors.http, post(f"v{place}", body))


def maps_of_marks(visitors: Visitors) -> None:
    """The same in protobuf: the values are made into JSON when the jobs are due."""
    null = deep = number(1, 0)
    for _ in range(2_000):
        deep = text(6, text(1, deep))
    values = [
        text(5, text(1, text(1, MARKS[: 1 << 18]) + text(2, null))),
        text(5, text(1, text(1, "k") + text(2, null)) * 9_000), deep, b"\x0b" * 200_000,
    ]  # fmt: skip
    with Client(visitors.grpc) as client:
        for place, value in enumerate(values):
            data = text(1, "type.googleapis.com/google.protobuf.Value") + text(2, value)
            job = text(1, f"v{place}") + text(4, "0s") + text(6, data) + text(7, text(1, b""))
            call(client, SCHEDULE, text(1, job) + number(2, 1))
    time.sleep(STAY)


def many_types(visitors: Visitors) -> None:
    """A sidecar that hosts 100,000 types of actors or more, and reports them."""
    types = [b"%x" % place for place in range(visitors.random.randrange(100_000, 130_000))]
    with Client(visitors.scheduler) as client:
        sidecar(client, *(text(3, name) for name in types))
        report = b"".join(text(2, name) for name in types)
        call(client, f"{SCHEDULER}/ReportActorTypes", report)
        wait(client, lambda: client.is_closed)


def unread_stream(visitors: Visitors) -> None:
    """A sidecar that does not read what it is sent."""
    with Client(visitors.scheduler, is_deaf=True) as client:
        client.send(frame(wire.SETTINGS, payload=NO_WINDOW))
        sidecar(client)
        schedule(visitors, 20, bytes(20_000))
        time.sleep(STAY)
        tear(client.socket)


def silent_streams(visitors: Visitors) -> None:
    """Sidecars that answer nothing, or what they were not asked, and go."""
    for place in range(4):
        with Client(visitors.scheduler) as client:
            stream = sidecar(client)
            schedule(visitors, 5, b"x")
            wait(client, lambda: client.streams[stream].body)
            if place % 2:
                for id in (0, 1, 1, 2**64 - 1):
                    client.send_data(stream, prefixed(text(2, number(1, id))))


def brief_sidecars(visitors: Visitors) -> None:
    for _ in range(60):
        with Client(visitors.scheduler, is_deaf=True) as client:
            sidecar(client)


def unread_answers(visitors: Visitors) -> None:
    """Clients that ask for long answers and read none."""
    asked = {
        visitors.http: b"/openapi.json", visitors.scene.server.port: b"/v1.0/jobs?limit=1000",
        visitors.scene.server.metrics_port: b"/metrics",
    }  # fmt: skip
    with crowd([port for port in asked for _ in range(24)], buffer=4_096) as connections:
        for connection in connections:
            path = asked[connection.getpeername()[1]]
            connection.setblocking(False)
            with suppress(BlockingIOError):
                connection.send((b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n") * 300)
        time.sleep(STAY)


def dribbles(visitors: Visitors) -> None:
    """Heads and bodies, a byte at a time."""
    with crowd([*visitors.https, visitors.http] * 8) as connections:
        for connection in connections[::2]:
            connection.sendall(POST + b"Content-Length: 1000\r\n\r\n")
        for _ in range(40):
            time.sleep(STAY / 40)
            for connection in connections:
                with suppress(OSError):
                    connection.sendall(b"{")


def idlers(visitors: Visitors) -> None:
    """200 that ask once, stay, and are dropped at once."""
    port = visitors.random.choice([visitors.http, visitors.scene.server.port])
    with crowd([port] * 200, is_reset=visitors.random.random() < 0.5) as connections:
        for connection in connections:
            connection.sendall(GET)


def flood(visitors: Visitors) -> None:
    draw = visitors.random
    client = Client(draw.choice(visitors.grpcs), is_deaf=draw.random() < 0.5)
    client.socket.settimeout(STAY)
    with client:
        send_until_hung_up_on(client, FLOODS[draw.choice(sorted(FLOODS))](client), STAY)


def bombs(visitors: Visitors) -> None:
    """Headers that are larger than they look, and some that cannot be read."""
    for block in (*BOMBS.values(), *BROKEN.values()):
        with Client(visitors.random.choice(visitors.grpcs)) as client:
            stream = send_in_pieces(client, block)
            wait(client, lambda: client.is_over(client.streams[stream]))


def unfinished_messages(visitors: Visitors) -> None:
    """Twelve calls, each with all but the end of its message of 3 MB."""
    with Client(visitors.grpc) as client:
        for _ in range(12):
            client.send_data(client.request(SCHEDULE), prefixed(bytes(3 << 20))[:-1])
        time.sleep(STAY)


def odd_answers(visitors: Visitors) -> None:
    """The app answers some calls as no app should, then one well."""
    visitors.app.called.clear()
    for name in [*visitors.random.sample(sorted(ANSWERS), 5), "well"]:
        exchange(visitors.http, post(name, b'{"dueTime":"0s","failurePolicy":{"drop":{}}}'))
    end = time.monotonic() + 2 * STAY
    while "well" not in visitors.app.called and time.monotonic() < end:
        time.sleep(0.05)


def stopped_readers(visitors: Visitors) -> None:
    """Readers of the log that are stopped in the middle of it, and then killed."""
    server = visitors.scene.server
    command = [server.reading["program"], "export", "--data-dir", server.directory]
    with ExitStack() as stack:
        # What they say is not read, so they come to no end.
        for _ in range(3):
            reader = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
            stack.callback(reader.kill)
            time.sleep(0.3)
            reader.send_signal(signal.SIGSTOP)
        time.sleep(STAY)


VISITS = (
    odd_requests, odd_metadata, keys_of_marks, maps_of_marks, many_types, unread_stream,
    silent_streams, brief_sidecars, unread_answers, dribbles, idlers, flood, bombs,
    unfinished_messages, odd_answers, stopped_readers,
)  # fmt: skip
