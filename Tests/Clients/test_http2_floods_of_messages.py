"""Messages that are begun and never finished: what a server holds of them is bounded, whoever is
behind them, and a call beyond the bound is told so."""

import pytest

from Harness.http2 import Client
from Harness.wire import prefixed
from peers_bystander import MEGABYTE, memory, served
from protos import JOBS

pytestmark = pytest.mark.sidecars

OK, EXHAUSTED = 0, 8
SCHEDULE = f"/{JOBS}/ScheduleJob"


def unfinished(client: Client, request, calls: int) -> tuple[list[int], bytes]:
    """Begins so many calls, each with all but the last byte of a message of 3 MB. Returns the
    streams of those that were not refused, and the byte; every refusal says why."""
    held = []
    for _ in range(calls):
        job = {"name": f"unfinished {id(client)} {client.next}", "due_time": "1h"}
        whole = request(job=job | {"data": {"value": bytes(3 * MEGABYTE)}})
        message = prefixed(whole.SerializeToString())
        stream = client.request(SCHEDULE)
        if client.send_data(stream, message[:-1]):
            held.append(stream)
    over = [one for one, mine in client.streams.items() if client.is_over(mine)]
    refused = [client.answer(one).status for one in over if client.answer(one).status != OK]
    assert set(refused) <= {EXHAUSTED}, refused
    return [one for one in held if one not in over], message[-1:]


def test_unfinished_messages_of_a_connection_are_bounded(server, protos):
    """Those within the bound can be finished, and then there is room for more."""
    request = protos.message("ScheduleJobRequest")
    before = memory(server)
    with served(server, protos), Client(server.grpc_port) as client:
        held, last = unfinished(client, request, 100)
        assert memory(server) - before < 192 * MEGABYTE
        assert 1 <= len(held) < 100
        for stream in held:
            client.send_data(stream, last, end=True)
        assert {client.answer(stream).status for stream in held} == {OK}
        assert len(unfinished(client, request, 1)[0]) == 1


def test_what_an_unfinished_message_took_is_free_when_its_call_is_gone(server, protos):
    """Its client may hang up, ten times in a row."""
    request = protos.message("ScheduleJobRequest")
    before = memory(server)
    with served(server, protos):
        for _ in range(10):
            with Client(server.grpc_port) as client:
                held, _ = unfinished(client, request, 20)
                assert len(held) >= 1
    assert memory(server) - before < 192 * MEGABYTE


def test_unfinished_messages_of_all_connections_are_bounded(server, protos, request):
    """900 MB of them. (--long only.)"""
    if not request.config.getoption("--long"):
        pytest.skip("takes a gigabyte")
    asked = protos.message("ScheduleJobRequest")
    before = memory(server)
    clients = [Client(server.grpc_port) for _ in range(15)]
    try:
        with served(server, protos):
            for client in clients:
                unfinished(client, asked, 20)
            assert memory(server) - before < 640 * MEGABYTE
    finally:
        for client in clients:
            client.close()
