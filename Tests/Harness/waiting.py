"""Waiting without sleeping, and ports to listen on."""

import itertools
import random
import socket
import threading
import time

DEADLINE = 20.0


def wait_until(predicate, what: str, deadline: float = DEADLINE, changed=None, pause=0.02):
    """Returns the first true value of `predicate`, asked again whenever `changed` is notified.

    Where nobody can tell us of the change (behind an HTTP API, say), it is asked again after every
    `pause`, in seconds. Fails with `what` when `deadline` seconds have passed.
    """
    changed = changed or threading.Condition()
    end = time.monotonic() + deadline
    with changed:
        while not (value := predicate()):
            left = end - time.monotonic()
            assert left > 0, f"after {deadline:g} s still not: {what}"
            changed.wait(min(left, pause))
    return value


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Ports:
    """Free ports of a range, which one process has for itself; none is given again soon."""

    def __init__(self, first: int, count: int = 1_000):
        self._ports = itertools.cycle(range(first, first + count))

    def free(self) -> int:
        while True:
            port = next(self._ports)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


# Above the well-known ports and below those the kernel gives to outgoing connections: nobody takes the
# port of a server that is away for a moment. Below those of pytest's workers, too.
free_port = Ports(random.randrange(10_000, 18_000), 2_000).free
