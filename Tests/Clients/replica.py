"""The application as a process of its own, so that it can be killed, and stopped in its tracks. It
notes its calls in a file before it answers them."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response

from app import Call
from waiting import wait_until


def main(port: int, path: str) -> None:
    api = FastAPI()
    notes = open(path, "ab", buffering=0)

    @api.get("/")
    async def here() -> Response:
        return Response()

    @api.post("/job/{name}")
    async def job(name: str, request: Request) -> Response:
        now = time.time_ns()
        note = {
            "name": name, "raw_path": request.scope["raw_path"].decode(), "time": now,
            "headers": dict(request.headers), "body": (await request.body()).decode(),
        }  # fmt: skip
        notes.write(json.dumps(note).encode() + b"\n")
        return Response()

    uvicorn.run(api, host="127.0.0.1", port=port, log_level="warning", lifespan="off")


class Replica:
    """One of them. What its file says stays when it is killed."""

    program = __file__
    arguments: tuple[str, ...] = ()

    def __init__(self, port: int, path: Path):
        self.port = port
        self.path = path
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.spawn()
        wait_until(self.answers, "the replica answers")

    def spawn(self) -> None:
        command = [sys.executable, self.program, *self.arguments, str(self.port), str(self.path)]
        self.process = subprocess.Popen(command)

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/", timeout=1).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        """It takes connections, as far as the kernel does that, and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    @property
    def calls(self) -> list[Call]:
        if not self.path.exists():
            return []
        calls = []
        for line in self.path.read_bytes().splitlines():
            note = json.loads(line)
            note |= {"body": note["body"].encode(), "raw_path": note["raw_path"].encode()}
            calls.append(Call(**note))
        return calls


class Calls:
    """What several apps have seen, for the witness, as if they were one."""

    # Where they are is said by flags or a file.
    port = None

    def __init__(self, apps):
        self.apps = list(apps)

    @property
    def calls(self) -> list[Call]:
        return sorted((call for app in self.apps for call in app.calls), key=lambda call: call.time)

    def release(self) -> None:
        """The servers that call them are to stop: nobody may be in their way."""
        for app in self.apps:
            if hasattr(app, "release"):
                app.release()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
