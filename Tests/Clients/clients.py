"""Clients that keep a server busy while something else is tested."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

CLIENTS = 4


@contextmanager
def busy(server):
    """Schedules jobs and deletes some of them; every answer must be yes."""
    is_over = threading.Event()

    def work(client: int) -> None:
        number = 0
        while not is_over.is_set():
            server.schedule(f"busy {client} {number}", dueTime="1h", data="x" * (number % 500))
            if number % 3 == 0:
                server.delete(f"busy {client} {number}")
            number += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        workers = [pool.submit(work, client) for client in range(CLIENTS)]
        try:
            yield
        finally:
            is_over.set()
        for worker in workers:
            worker.result()
