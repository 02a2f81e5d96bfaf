"""A client that schedules, replaces, deletes and reads all the time, whatever dies meanwhile, and
keeps a ledger of what it wished and what was acknowledged. The ledger alone, without a look into
the log, says what the app must have been called with."""

import random
import threading
import time
from dataclasses import dataclass

import httpx

from Harness.app import Call
from Harness.waiting import wait_until
from server import Server
from witness import nanoseconds

MILLISECOND = 1_000_000
# Every tick ends with a success, sooner or later: no app that was killed may cost one.
RETRYING = {"constant": {"interval": "0.1s"}}


@dataclass
class Wish:
    """One request to change something: to schedule a job, or to end one or all of the client's."""

    # Of a job to be scheduled: in its payload, and in no other's.
    version: str | None
    # Names the wish is about.
    names: list[str]
    # Until the first tick and from tick to tick, in milliseconds.
    delay: int = 0
    # 0: due in an hour, and so not before all is over.
    repeats: int = 0
    sent: int = 0
    # Never, if the server died meanwhile: then it was done wholly or not at all.
    acknowledged: int | None = None

    @property
    def is_far(self) -> bool:
        return self.version is not None and self.repeats == 0

    def fields(self, app_id: str) -> dict:
        said = {"data": {"app": app_id, "version": self.version}, "failurePolicy": RETRYING}
        if self.is_far:
            return said | {"dueTime": "1h"}
        if self.repeats == 1:
            return said | {"dueTime": f"{self.delay}ms"}
        return said | {"schedule": f"@every {self.delay}ms", "repeats": self.repeats}


class Client:
    """One thread of load on one app. Nobody else changes its names, and clients of other apps use
    the same ones."""

    def __init__(self, server: Server, number: int, seed: str, calm: threading.Event):
        """It goes on until `calm` is set."""
        self.server = server
        self.app_id = server.app_id
        self.number = number
        self.random = random.Random(seed)
        self.calm = calm
        self.wishes: list[Wish] = []
        # By name, what was acknowledged last.
        self.jobs: dict[str, Wish] = {}
        self.changing = [f"changing {number} {place}" for place in range(6)]

    # What it does

    def run(self) -> None:
        acts = [self.keep, self.change, self.delete, self.delete_all, self.read]
        while not self.calm.wait(self.random.uniform(0, 0.06)):
            self.random.choices(acts, [8, 8, 3, 1, 4])[0]()

    def keep(self) -> None:
        """A job that is left alone: all of its ticks must come."""
        self.schedule(f"kept {self.number} {len(self.wishes)}", self.random.choice([1, 1, 1, 2, 4]))

    def change(self) -> None:
        """A new job, or another in the place of one, whatever that is about to do."""
        self.schedule(self.random.choice(self.changing), self.random.choice([0, 1, 3]))

    def schedule(self, name: str, repeats: int) -> None:
        delay = self.random.choice([1, self.random.randint(1, 1_500)])

        def wish() -> Wish:
            # Asked again it is a job of its own: the first may have been accepted.
            version = f"{self.number}.{len(self.wishes)}"
            return Wish(version, [name], max(delay, 100) if repeats > 1 else delay, repeats)

        self.until_acknowledged(wish, lambda wish: self.server.post(name, wish.fields(self.app_id)))

    def delete(self) -> None:
        name = self.random.choice(self.changing)
        path = self.server.path(name, "v1.0")
        self.until_acknowledged(
            lambda: Wish(None, [name]), lambda _: self.server.client.delete(path)
        )

    def delete_all(self) -> None:
        prefix = {"prefix": f"changing {self.number} "}
        self.until_acknowledged(
            lambda: Wish(None, self.changing),
            lambda _: self.server.client.delete("/v1.0/jobs", params=prefix),
        )

    def read(self) -> None:
        """What was acknowledged is there, and what was deleted is not."""
        name = self.random.choice(self.changing)
        job = self.jobs.get(name)
        response = self.until_answered(lambda: self.server.get(name))
        if job is None:
            assert response.status_code == 404, response.text
        elif job.is_far or response.status_code != 404:
            assert response.status_code == 200, response.text
            assert response.json()["data"]["value"] == job.fields(self.app_id)["data"]

    def until_acknowledged(self, make, ask) -> None:
        """Wishes for it, again and again, until the server has said yes."""

        def attempt() -> httpx.Response:
            wish = make()
            self.wishes.append(wish)
            wish.sent = time.time_ns()
            try:
                response = ask(wish)
            except httpx.ConnectError:
                # It never left.
                self.wishes.pop()
                raise
            wish.acknowledged = time.time_ns()
            return response

        response = self.until_answered(attempt)
        assert response.status_code in (200, 204), response.text
        wish = self.wishes[-1]
        for name in wish.names:
            if wish.version:
                self.jobs[name] = wish
            else:
                self.jobs.pop(name, None)

    def until_answered(self, ask) -> httpx.Response:
        def answer() -> httpx.Response | None:
            try:
                return ask()
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                return None

        return wait_until(lambda: (found := answer()) is not None and [found], "an answer")[0]

    # What must be

    @property
    def live(self) -> dict[str, dict]:
        """Jobs that must be there when nothing is due any more, with their data."""
        return {
            name: wish.fields(self.app_id)["data"]
            for name, wish in self.jobs.items() if wish.is_far
        }  # fmt: skip

    def check(self, calls: list[Call]) -> None:
        """`calls` are all that the app of this client was called with, now that nothing is due."""
        mine: dict[str, list[Call]] = {wish.version: [] for wish in self.wishes if wish.version}
        for call in calls:
            if call.name.split()[1] == str(self.number):
                assert call.json["app"] == self.app_id, f"of another app: {call}"
                assert call.json["version"] in mine, f"nobody wished for it: {call}"
                mine[call.json["version"]].append(call)
        for place, wish in enumerate(self.wishes):
            found = mine.get(wish.version, [])
            assert {call.name for call in found} <= set(wish.names), wish
            jobs = {call.key.rpartition("-")[0] for call in found}
            assert len(jobs) <= 1, f"accepted twice, or two keys for a tick: {jobs} {wish}"
            check_dues(wish, found)
            ticks = {call.tick for call in found}
            expected = wish.repeats if self.is_left(wish) else max(ticks, default=0)
            assert ticks == set(range(1, expected + 1)), f"{ticks}, not up to {expected}: {wish}"
            end = self.record_behind_the_end(place, mine)
            assert all(trigger(call) < end for call in found), f"called after its end: {wish}"

    def is_left(self, wish: Wish) -> bool:
        """Whether it was acknowledged and not touched again."""
        return wish.version is not None and self.jobs.get(wish.names[0]) is wish

    def record_behind_the_end(self, place: int, calls: dict[str, list[Call]]) -> float:
        """A record that ends the job wished at `place`, or stands behind its end: the first of
        those known from outside, which are the numbers of jobs that were called."""
        name = self.wishes[place].names[0]
        has_ended = False
        for wish in self.wishes[place + 1 :]:
            found = calls.get(wish.version, [])
            has_ended |= name in wish.names and (wish.acknowledged is not None or found != [])
            if has_ended and found:
                return generation(found[0])
        return float("inf")


def check_dues(wish: Wish, calls: list[Call]) -> None:
    """Counted from a moment between question and answer, and one delay apart."""
    for call in calls:
        anchor = nanoseconds(call.due) - call.tick * wish.delay * MILLISECOND
        assert wish.sent <= anchor, f"{call} of {wish}"
        assert wish.acknowledged is None or anchor <= wish.acknowledged, f"{call} of {wish}"
    anchors = {nanoseconds(call.due) - call.tick * wish.delay * MILLISECOND for call in calls}
    assert len(anchors) <= 1, f"its schedule moved: {wish}"


def generation(call: Call) -> int:
    """The record by which the job was accepted."""
    return int(call.key.split("-")[1])


def trigger(call: Call) -> int:
    """The record by which the call was decided."""
    return int(call.headers["daybook-trigger"])
