"""The application as a process of its own, so that it can be killed, stopped in its tracks, and die
of what it is given. It speaks HTTP or gRPC, and notes a call in a file before it answers it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from Harness.app import Answer, App, Call, Receiver
from Harness.programs import ROOT
from Harness.waiting import is_listening, wait_until

# How many seconds jobs take whose names begin with these words; others are answered at once. A poison
# kills the app then, whatever else is in flight.
SECONDS = {"hang": 3_600, "innocent": 0.3, "poison": 0.1, "work": 0.3}


def seconds(name: str) -> float:
    return SECONDS.get(name.split()[0], 0)


def end(name: str) -> None:
    if name.startswith("poison"):
        os._exit(1)


def note(file, call: Call) -> None:
    line = vars(call) | {"raw_path": call.raw_path.decode(), "body": call.body.hex()}
    file.write(json.dumps(line).encode() + b"\n")


def note_reply(file, call: Call) -> None:
    """It is about to be answered with success."""
    file.write(json.dumps({"trigger": call.trigger, "replied": time.time_ns()}).encode() + b"\n")


class NotingApp(App):
    """Nothing but Python's own, so that it is soon there again."""

    def __init__(self, port: int, file):
        super().__init__(port)
        self.file = file

    async def reply(self, call: Call, _) -> Answer:
        note(self.file, call)
        await asyncio.sleep(seconds(call.name))
        end(call.name)
        note_reply(self.file, call)
        return Answer()


def serve_http(port: int, file) -> None:
    NotingApp(port, file).start()
    threading.Event().wait()


def serve_grpc(port: int, file) -> None:
    from grpc_app import STABLE, handler, listening
    from protos import Protos

    def called(event, metadata, _):
        call = Call(event.name, STABLE.encode(), metadata, event.data.SerializeToString())
        note(file, call)
        time.sleep(seconds(event.name))
        end(event.name)
        note_reply(file, call)

    with tempfile.TemporaryDirectory() as directory:
        protos = Protos(Path(directory))
    listening(port, [handler(protos, STABLE, called)], 32).wait_for_termination()


class Notes:
    """What an app has noted so far, in a file that stays when it is killed."""

    def __init__(self, path: Path, protocol="http"):
        self.path = path
        self.kind, self.success = Call, Answer()
        if protocol == "grpc":
            from grpc_app import GRPCCall

            self.kind, self.success = GRPCCall, Answer(code=0)
        self.calls: list[Call] = []
        self._read = 0

    def read(self) -> list[Call]:
        if not self.path.exists():
            return self.calls
        with self.path.open("rb") as file:
            file.seek(self._read)
            whole, _, _ = file.read().rpartition(b"\n")
        for line in whole.splitlines():
            note = json.loads(line)
            if "trigger" in note:
                self.reply(note)
                continue
            note |= {"body": bytes.fromhex(note["body"]), "raw_path": note["raw_path"].encode()}
            self.calls.append(self.kind(**note))
        self._read += len(whole) + 1 if whole else 0
        return self.calls

    def reply(self, note: dict) -> None:
        for call in reversed(self.calls):
            if call.trigger == note["trigger"] and call.replied is None:
                call.replied, call.answer = note["replied"], self.success
                return

    def wait_for(self, count: int, deadline: float) -> None:
        wait_until(lambda: len(self.read()) >= count, f"{count} notes", deadline)


class Replica(Receiver):
    """One of them. What its file says stays when it is killed."""

    def __init__(self, port: int, path: Path, protocol="http"):
        super().__init__()
        self.port = port
        self.path = path
        self.protocol = protocol
        self.notes = Notes(path, protocol)
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.spawn()
        wait_until(lambda: is_listening(self.port), "the replica listens")
        self.came()

    def spawn(self) -> None:
        command = [sys.executable, __file__, self.protocol, str(self.port), str(self.path)]
        places = (str(ROOT / "Tests"), str(ROOT / "Tests/Outside"))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(places)}
        self.process = subprocess.Popen(command, env=environment)

    def kill(self) -> None:
        if self.process:
            self.left()
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        """It takes connections, as far as the kernel does that, and answers nothing."""
        self.left()
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.came()

    @property
    def calls(self) -> list[Call]:
        return list(self.notes.read())

    def calls_of(self, name: str) -> list[Call]:
        return [call for call in self.calls if call.name == name]

    def wait_for(self, name: str, count: int = 1) -> list[Call]:
        return wait_until(
            lambda: len(found := self.calls_of(name)) >= count and found, f"{count} calls of {name}"
        )


class Restarted(Replica):
    """One that is started again whenever it is dead, until it is killed for good."""

    deaths = 0

    def start(self) -> None:
        super().start()
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        alive = time.time_ns()
        while not self._over.wait(0.05):
            looked = time.time_ns()
            if self.process.poll() is None:
                alive = looked
            else:
                self.deaths += 1
                self.left(since=alive)
                self.spawn()
                wait_until(lambda: is_listening(self.port), "the app listens again")
                self.came()

    def kill(self) -> None:
        if self.process:
            self._over.set()
            self._keeper.join()
        super().kill()


class Calls:
    """What several apps have seen, as if they were one."""

    # Where they are is said by flags or a file.
    port = None

    def __init__(self, apps):
        self.apps = list(apps)

    @property
    def calls(self) -> list[Call]:
        return sorted((call for app in self.apps for call in app.calls), key=lambda call: call.time)


if __name__ == "__main__":
    serve = {"http": serve_http, "grpc": serve_grpc}[sys.argv[1]]
    serve(int(sys.argv[2]), open(sys.argv[3], "ab", buffering=0))
