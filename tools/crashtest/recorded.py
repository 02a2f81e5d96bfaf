"""A life of a server under the recorder: what it did to its directory, and what anybody had seen
acknowledged by when.
"""

import json
import time
from bisect import bisect

from images import MARK, Disk, Record, Trace, records
from interposing import recording
from programme import Failed, Scene
from Harness.ledger import lines


class Marking:
    """A journal that also marks in a trace what it notes."""

    def __init__(self, name: str, journal, trace: Trace):
        self._name, self._journal, self._trace = name, journal, trace

    def add(self, **line) -> None:
        # The trace first: what it does not show may be lost without anybody noticing.
        self._trace.mark(json.dumps({"journal": self._name, "line": line}))
        self._journal.add(**line)

    def close(self) -> None:
        self._journal.close()


class Recorded:
    """A life of a server under the recorder."""

    def __init__(self, scene: Scene, head: int = 0):
        """`head`: the last event of the log as it is now."""
        self.scene = scene
        self._head = head
        self._calls = len(lines(scene.run.path / "calls.jsonl"))
        self.disk = Disk(scene.run.data)
        self.trace = Trace(scene.run.path / "trace")
        self.records: list[Record] = []
        # How many of them the disk has seen.
        self._done = 0
        self._places: list[int] = []
        self._required: list[int] = []
        run = scene.run
        run.calls = Marking("calls", run.calls, self.trace)
        run.receipts = Marking("receipts", run.receipts, self.trace)

    @staticmethod
    def run(scene: Scene, seconds: float) -> "Recorded":
        """Works for a while under the recorder. The scene must be finished then."""
        recorded = Recorded(scene)
        scene.begin(recorded.environment)
        scene.app.wait_for(10)
        time.sleep(seconds)
        return recorded

    @property
    def environment(self) -> dict[str, str]:
        return recording(
            self.scene.programme.directory, self.scene.run.data, self.trace.path)

    def close(self) -> None:
        """After the end: reads the trace, and what was acknowledged when."""
        self.trace.close()
        self.records = list(records(self.trace.path))
        run = self.scene.run
        new = [event for event in lines(run.export) if event["sequence"] > self._head]
        events = Events(new, lines(run.path / "calls.jsonl")[self._calls :])
        highest = self._head
        for place, record in enumerate(self.records):
            if record.kind == MARK:
                highest = max(highest, events.required(json.loads(record.data)))
                self._places.append(place)
                self._required.append(highest)

    def advance(self, place: int) -> None:
        """Lets the disk be what it was when `place` records were made. It never goes back."""
        for record in self.records[self._done : place]:
            self.disk.apply(record)
        self._done = place

    def check(self) -> None:
        """The trace shows all that was written: in the end the disk holds what the files do."""
        self.advance(len(self.records))
        for path in self.scene.run.data.rglob("*"):
            if path.name in ("data.mdb", "checkpoint"):
                if self.disk.read(path) != path.read_bytes():
                    raise Failed(f"{path} is not what {self.trace.path} says was written")

    def required(self, place: int) -> int:
        """The last event anybody had seen when `place` records were made; 0 for none."""
        number = bisect(self._places, place - 1)
        return self._required[number - 1] if number else self._head

    def marks(self, place: int) -> tuple[list[dict], list[dict]]:
        """What had been noted when `place` records were made, and what was noted later."""
        marks = [(at, json.loads(self.records[at].data)) for at in self._places]
        before = [mark for at, mark in marks if at < place]
        return before, [mark for at, mark in marks if at >= place]


class Events:
    """Which event an answer rests on.

    The calls of one name never overlap, and of a server that was never killed all are answered: the
    n-th version that was accepted is the n-th that the log has.
    """

    def __init__(self, exported: list[dict], calls: list[dict]):
        self._versions: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        for event in exported:
            if event["kind"] in ("created", "updated"):
                self._versions.setdefault(event["name"], []).append(event["sequence"])
            elif event["kind"] == "deleted":
                self._ends.setdefault(event["name"], []).append(event["sequence"])
            elif event["kind"] == "deletedByPrefix":
                for name in self._versions:
                    if name.startswith(event["namePrefix"]):
                        self._ends.setdefault(name, []).append(event["sequence"])
        accepted: dict[str, int] = {}
        self._of_call: dict[int, int] = {}
        for call in calls:
            name = call["name"]
            if call["outcome"] != "ok" or call["op"] not in ("schedule", "delete"):
                continue
            if call["op"] == "schedule":
                accepted[name] = accepted.get(name, 0) + 1
            if not (number := accepted.get(name)):
                continue
            versions = self._versions.get(name, [])
            if number > len(versions):
                raise Failed(f"the log has {len(versions)} versions of {name}, not {number}")
            version = versions[number - 1]
            if call["op"] == "delete":
                ends = self._ends.get(name, [])
                after = bisect(ends, version)
                if after == len(ends):
                    raise Failed(f"{name} of {version} was deleted, and the log does not say so")
                version = ends[after]
            self._of_call[call["id"]] = version

    def required(self, mark: dict) -> int:
        line = mark["line"]
        if mark["journal"] == "receipts":
            return line["trigger"]
        return self._of_call.get(line["id"], 0)
