"""Everything at once: two apps on one server, one with three replicas, clients that never pause,
apps that come, go and hang, and a server that dies again and again. Afterwards each app was called
with what was scheduled for it, with all of it, and with nothing twice that the log does not
explain."""

import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import checkpoints
import lists
from Harness.waiting import wait_until
from Harness.workload import Workload
from replica import Replica

# Of each app.
CLIENTS = 3
KILLS = 20


def addresses(replicas: list[Replica]) -> list[str]:
    return [f"127.0.0.1:{replica.port}" for replica in replicas]


class Fire:
    """What befalls the server and the apps, each in a thread of its own. The seed decides what;
    when depends on the machine too."""

    def __init__(self, server, shop: list[Replica], billing: list[Replica], seed: int, rounds: int):
        self.server = server
        self.shop = shop
        self.billing = billing
        self.of_server = random.Random(f"{seed} server")
        self.of_apps = random.Random(f"{seed} apps")
        self.rounds = rounds

    def kill_server(self) -> None:
        for _ in range(KILLS * self.rounds):
            # Some lives are longer than the apps may take for a trigger.
            longest = self.of_server.choice([0.2, 0.8, 2])
            self.server.live_on(self.of_server.uniform(0, longest))
            self.server.kill()
            if self.of_server.random() < 0.3:
                self.kill_while_starting()
            self.server.start()

    def kill_while_starting(self) -> None:
        self.server.launch()
        self.server.live_on(self.of_server.uniform(0, 0.2))
        self.server.kill()

    def trouble_apps(self) -> None:
        for _ in range(self.rounds):
            outages = [(self.away, self.shop), (self.away, self.billing), (self.hang, self.shop)]
            singles = [(self.away, [self.of_apps.choice(self.shop)]) for _ in range(4)]
            for trouble, replicas in self.of_apps.sample(outages + singles, 7):
                self.rest()
                trouble(replicas)

    def rest(self) -> None:
        threading.Event().wait(self.of_apps.uniform(0.1, 1))

    def away(self, replicas: list[Replica]) -> None:
        for replica in replicas:
            replica.kill()
        self.rest()
        with ThreadPoolExecutor(len(replicas)) as pool:
            list(pool.map(Replica.start, replicas))

    def hang(self, replicas: list[Replica]) -> None:
        """One of them hangs while another comes and goes."""
        hung, other = self.of_apps.sample(replicas, 2)
        hung.hang()
        try:
            self.rest()
            self.away([other])
        finally:
            hung.wake()


def test_whatever_dies_each_app_gets_all_that_is_its_own(deploy, replicas, rounds):
    seed = int(os.environ.get("DAYBOOK_TEST_SEED", random.getrandbits(32)))
    print(f"DAYBOOK_TEST_SEED={seed}")
    shop, billing = replicas(3), replicas(1)
    server = deploy(
        shop + billing,
        above={"checkpoint-interval": 100},
        shop={"app-addresses": addresses(shop), "job-timeout": "1s"},
        billing={"app-addresses": addresses(billing)},
    )
    # All that is asked for is noted: the judge outside holds the log against it.
    server.is_noted = True
    views = [server.of(app["id"]) for app in server.apps]
    loads = [
        Workload(server.ledger, view, f"{seed} {view.app_id}", CLIENTS, 0.03, view.app_id)
        for view in views
    ]
    fire = Fire(server, shop, billing, seed, rounds)
    try:
        for load in loads:
            load.start()
        with ThreadPoolExecutor(2) as pool:
            for trouble in [pool.submit(fire.kill_server), pool.submit(fire.trouble_apps)]:
                trouble.result()
        for load in loads:
            load.stop(60)
    finally:
        for load in loads:
            load.abandon()
    for view in views:
        wait_until(lambda: not lists.names(view), f"{view.app_id} has nothing left")
    # Starts went by checkpoints, and no kill has left one that could not be used.
    wait_until(lambda: checkpoints.USED in server.log(), "the log before one is checked")
    assert checkpoints.UNUSABLE not in server.log()
