"""Those who are not meant: an honest client while others are at war, and the server's memory."""

import threading
from contextlib import contextmanager

import grpc

from Harness import footprint
from Harness.waiting import wait_until

MEGABYTE = 1 << 20


def memory(server) -> int:
    return footprint.private_bytes(server.process.pid)


@contextmanager
def served(server, protos):
    """Somebody else schedules jobs all the while, over a connection of their own. None may fail."""
    done, enough = [], threading.Event()
    failed: list[grpc.RpcError] = []

    def work():
        with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
            jobs = protos.stub(channel)
            while not enough.is_set():
                try:
                    jobs.ScheduleJob(job={"name": f"honest {len(done)}", "due_time": "1h"})
                    done.append(len(done))
                except grpc.RpcError as error:
                    failed.append(error)
                    return

    thread = threading.Thread(target=work)
    thread.start()
    try:
        wait_until(lambda: done or failed, "the first honest call")
        yield
        so_far = len(done)
        wait_until(lambda: len(done) > so_far + 1 or failed, "an honest call after all that")
    finally:
        enough.set()
        thread.join()
    assert not failed, failed[0]
