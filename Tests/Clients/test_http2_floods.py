"""Clients that attack HTTP/2 itself. Whoever floods is hung up on, with a goodbye that says what
was taken; everybody else is served all the while, and the server's memory stays within bounds."""

import pytest

from Harness import wire
from Harness.floods import (
    BOMBS, BROKEN, FLOODS, SCHEDULE, resets, send_in_pieces, send_until_hung_up_on,
)  # fmt: skip
from Harness.http2 import Client
from Harness.waiting import wait_until
from Harness.wire import frame
from peers_bystander import MEGABYTE, memory, served
from sidecar import SCHEDULER, app

pytestmark = pytest.mark.sidecars

OK, EXHAUSTED = 0, 8
# What may come on top of what a server takes anyway, whatever it is sent.
GROWTH_MAX = 64 * MEGABYTE


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


@pytest.mark.parametrize("bomb", BOMBS)
def test_headers_are_bounded_by_what_they_are_once_they_are_read(server, protos, bomb):
    """431 or the like, or the end of the connection."""
    before = memory(server)
    with served(server, protos), Client(server.grpc_port) as client:
        stream = send_in_pieces(client, BOMBS[bomb])
        answer = client.answer(stream)
        assert answer.http in (0, 431) or answer.status in (EXHAUSTED, 13), answer
        assert memory(server) - before < GROWTH_MAX


@pytest.mark.parametrize("block", BROKEN)
def test_headers_that_cannot_be_read_end_the_connection(server, protos, block):
    with served(server, protos), Client(server.grpc_port) as client:
        flags = wire.END_HEADERS | wire.END_STREAM
        client.send(frame(wire.HEADERS, flags, client.new(), BROKEN[block]))
        wait_until(lambda: client.is_closed, "the end", changed=client.changed)
        assert not client.goodbye or client.goodbye[1] != 0
