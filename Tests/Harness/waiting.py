"""Waiting without sleeping, and ports to listen on."""

import itertools
import random
import socket
import threading
import time

DEADLINE = 120.0


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
    """Free ports of a range; none is given again soon. They begin anywhere in it, so that another
    run of the same tests beside this one has others."""

    def __init__(self, first: int, count: int = 1_000):
        start = random.randrange(count)
        order = [*range(first + start, first + count), *range(first, first + start)]
        self._ports = itertools.cycle(order)

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
free_port = Ports(10_000, 10_000).free
