"""The application as a process that a poisonous job kills: whatever else it has in flight then, its
connections break. It speaks HTTP or gRPC, and is started again whenever it is dead."""

import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response

from grpc_app import STABLE, GRPCReplica, handler, listening
from protos import Protos
from replica import Replica

# What a job takes, and the poison, in seconds: other jobs are in flight when it works.
WORK, POISON = 0.3, 0.1


def is_poison(name: str) -> bool:
    return name.startswith("poison")


def note(notes, name: str, headers: dict, path: str) -> None:
    line = {
        "name": name, "raw_path": path, "time": time.time_ns(), "headers": headers, "body": "",
    }  # fmt: skip
    notes.write(json.dumps(line).encode() + b"\n")


def serve_http(port: int, notes) -> None:
    api = FastAPI()

    @api.get("/")
    async def here() -> Response:
        return Response()

    @api.post("/job/{name}")
    async def job(name: str, request: Request) -> Response:
        note(notes, name, dict(request.headers), request.scope["raw_path"].decode())
        await asyncio.sleep(POISON if is_poison(name) else WORK)
        if is_poison(name):
            os._exit(1)
        return Response()

    uvicorn.run(api, host="127.0.0.1", port=port, log_level="warning", lifespan="off")


def serve_grpc(port: int, notes) -> None:
    def called(event, metadata, _):
        note(notes, event.name, metadata, STABLE)
        time.sleep(POISON if is_poison(event.name) else WORK)
        if is_poison(event.name):
            os._exit(1)

    with tempfile.TemporaryDirectory() as directory:
        protos = Protos(Path(directory))
    listening(port, [handler(protos, STABLE, called)], 32).wait_for_termination()


class Restarted:
    """A replica that is started again whenever it is dead, until it is killed for good."""

    program = __file__
    deaths = 0

    def start(self) -> None:
        super().start()
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        while not self._over.wait(0.05):
            if self.process.poll() is not None:
                self.deaths += 1
                self.spawn()

    def kill(self) -> None:
        if self.process:
            self._over.set()
            self._keeper.join()
        super().kill()

    def calls_of(self, name: str) -> list:
        return [call for call in self.calls if call.name == name]


class BreakingApp(Restarted, Replica):
    arguments = ("http",)


class BreakingGRPCApp(Restarted, GRPCReplica):
    arguments = ("grpc",)


if __name__ == "__main__":
    serve = {"http": serve_http, "grpc": serve_grpc}[sys.argv[1]]
    serve(int(sys.argv[2]), open(sys.argv[3], "ab", buffering=0))
