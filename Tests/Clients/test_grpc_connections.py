"""Connections of both gRPC listeners: pings, bounds, silence, many calls at a time, the end."""

import os
import select
import socket
import threading
import time

import grpc
import pytest

from Harness.waiting import wait_until
from pretending import HELLO
from protos import JOBS
from server import assert_stops_at_once
from sidecar import SCHEDULER, app

# Connections of one listener, and the type of the frame that HTTP/2 begins with.
LIMIT, SETTINGS = 512, 4


def pinging(server, interval: str) -> grpc.Channel:
    """A client that pings, with calls and without, as often as gRPC lets it."""
    return grpc.insecure_channel(
        f"127.0.0.1:{server.grpc_port}",
        options=[
            ("grpc.keepalive_time_ms", interval),
            ("grpc.keepalive_timeout_ms", 2_000),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.max_pings_without_data", 0),
        ],
    )


def test_clients_that_ping_often_are_tolerated(grpc_server, protos):
    """Dapr's do every 10 s, with no call open; gRPC's own rule would hang up after two such."""
    states = []
    with pinging(grpc_server, 1_500) as channel:
        jobs = protos.stub(channel)
        jobs.ScheduleJob(job={"name": "test", "schedule": "@daily"})
        channel.subscribe(states.append)
        wait_until(lambda: states == [grpc.ChannelConnectivity.READY], "it is there")
        # As many pings as make others hang up, and some more.
        end = time.monotonic() + 8
        wait_until(lambda: time.monotonic() > end or len(states) > 1, "pings came", 20)
        assert states == [grpc.ChannelConnectivity.READY]
        assert jobs.GetJob(name="test").job.name == "test"


def test_it_stops_in_time_though_connections_are_open(grpc_server, protos):
    with grpc.insecure_channel(f"127.0.0.1:{grpc_server.grpc_port}") as channel:
        jobs = protos.stub(channel)
        jobs.ScheduleJob(job={"name": "test", "schedule": "@daily"})
        assert_stops_at_once(grpc_server, lambda: jobs.GetJob(name="test"))


def held(server, count: int) -> list[socket.socket]:
    """Connections that never say a word."""
    address = ("127.0.0.1", server.grpc_port)
    return [socket.create_connection(address, timeout=60) for _ in range(count)]


def test_connections_are_bounded_and_the_next_one_waits_its_turn(serve_grpc):
    server = serve_grpc()
    first = held(server, LIMIT - 1)
    last, beyond = held(server, 2)
    try:
        last.sendall(HELLO)
        assert last.recv(9)[3] == SETTINGS
        beyond.sendall(HELLO)
        assert not select.select([beyond], [], [], 0.5)[0], "one more than the limit was served"
        last.close()
        assert beyond.recv(9)[3] == SETTINGS
    finally:
        for connection in (*first, last, beyond):
            connection.close()


def test_a_flood_of_connections_ends_without_a_trace(serve_grpc, protos):
    server = serve_grpc()
    server.schedule("before", dueTime="1h")
    open_files = f"/proc/{server.process.pid}/fd"
    before = len(os.listdir(open_files))
    flood = held(server, LIMIT + 80)
    try:
        wait_until(lambda: len(os.listdir(open_files)) >= before + LIMIT, "all that fit are taken")
        # Over HTTP all is as it was, and the descriptors that it needs are there.
        server.schedule("meanwhile", dueTime="1h")
        assert len(os.listdir(open_files)) <= before + LIMIT + 1
    finally:
        for connection in flood:
            connection.close()
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        jobs = protos.stub(channel).ListJobs().jobs
        assert [job.name for job in jobs] == ["before", "meanwhile"]


def test_a_connection_that_says_nothing_is_closed(serve_grpc):
    server = serve_grpc()
    (silent,) = held(server, 1)
    # SETTINGS, a ping that is not answered, and the end; the deadline is for a server that hangs.
    silent.settimeout(60)
    with silent:
        while silent.recv(1_000):
            pass


def test_many_clients_at_a_time_are_served(grpc_server, protos):
    def work(number: int):
        with grpc.insecure_channel(
            f"127.0.0.1:{grpc_server.grpc_port}",
            options=[("grpc.use_local_subchannel_pool", 1)],
        ) as channel:
            jobs = protos.stub(channel)
            for count in range(20):
                jobs.ScheduleJob(job={"name": f"{number} {count}", "schedule": "@daily"})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with grpc.insecure_channel(f"127.0.0.1:{grpc_server.grpc_port}") as channel:
        assert len(protos.stub(channel).ListJobs().jobs) == 200


@pytest.mark.parametrize("service", ["runtime", "scheduler"])
def test_one_connection_carries_as_many_calls_at_a_time_as_its_client_makes(
    serve_grpc, ports, protos, service
):
    """HTTP/2 lets a server say how many; a client that was told nothing may make any number, and is
    not to be cut off with all of them."""
    server = serve_grpc(scheduler_port=ports.free())
    name, port, fields = {
        "runtime": (JOBS, server.grpc_port, {}),
        "scheduler": (SCHEDULER, server.scheduler_port, {"metadata": app()}),
    }[service]
    request, response = protos.methods(name)["ListJobs"]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary(
            f"/{name}/ListJobs", request.SerializeToString, response.FromString
        )
        asked = [call.future(request(**fields), timeout=60) for _ in range(1_000)]
        refused = [one.exception() for one in asked if one.exception()]
    assert not refused, f"{len(refused)} of 1,000: {refused[0]}"
