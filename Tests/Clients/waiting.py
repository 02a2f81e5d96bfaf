"""Waiting without sleeping, and ports to listen on."""

import socket
import threading
import time

DEADLINE = 20.0


def wait_until(predicate, what: str, deadline: float = DEADLINE, changed=None):
    """Returns the first true value of `predicate`, asked again whenever `changed` is notified.

    Where nobody can tell us of the change (behind an HTTP API, say), it is asked again every 20 ms.
    """
    changed = changed or threading.Condition()
    end = time.monotonic() + deadline
    with changed:
        while not (value := predicate()):
            left = end - time.monotonic()
            assert left > 0, f"after {deadline:g} s still not: {what}"
            changed.wait(min(left, 0.02))
    return value


class Ports:
    """Free ports, each given once."""

    def __init__(self, first: int):
        self.next = first

    def free(self) -> int:
        while True:
            port, self.next = self.next, self.next + 1
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue
