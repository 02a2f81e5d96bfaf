"""The application as a gRPC server: in this process, scripted as `App` is, and in one of its own,
which can be killed. It speaks Daybook's own protos."""

import json
import socket
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from app import Answer, App, Call
from protos import CALLBACK, CALLBACK_ALPHA, Protos
from replica import Replica
from waiting import DEADLINE, wait_until

STABLE, ALPHA = "OnJobEvent", "OnJobEventAlpha1"
SERVICES = {STABLE: CALLBACK, ALPHA: CALLBACK_ALPHA}
OK = grpc.StatusCode.OK


@dataclass(frozen=True)
class GRPCCall(Call):
    """A call with the message it was."""

    event: Any = None


def handler(protos: Protos, method: str, called) -> grpc.GenericRpcHandler:
    """Serves one callback; `called` gets the event, its metadata and the context."""
    service = SERVICES[method]
    request, response = protos.methods(service)[method]

    def answer(event, context):
        called(event, dict(context.invocation_metadata()), context)
        return response()

    behaviour = grpc.unary_unary_rpc_method_handler(
        answer, request.FromString, response.SerializeToString
    )
    return grpc.method_handlers_generic_handler(service, {method: behaviour})


def listening(port: int, handlers, threads: int) -> grpc.Server:
    server = grpc.server(ThreadPoolExecutor(threads), handlers=handlers)
    assert server.add_insecure_port(f"127.0.0.1:{port}") == port
    server.start()
    return server


class GRPCApp(App):
    """The statuses of its script are gRPC's codes; without one it answers OK."""

    def __init__(self, port: int, protos: Protos, methods=(STABLE, ALPHA)):
        super().__init__(port)
        self.protos = protos
        self.methods = methods
        self._open = threading.Event()
        self._open.set()
        self._grpc: grpc.Server | None = None

    def answers_codes(self, name: str, *codes: grpc.StatusCode) -> None:
        self.answers(name, *map(Answer, codes))

    def _set_gate(self) -> None:
        (self._open.clear if self.is_held else self._open.set)()

    def start(self) -> None:
        def note(method: str):
            def called(event, metadata, context):
                code = self._note(method, event, metadata)
                self._open.wait()
                if code != OK:
                    context.abort(code, f"told to say {code.name}")

            return called

        handlers = [handler(self.protos, method, note(method)) for method in self.methods]
        self._grpc = listening(self.port, handlers, 16)

    def _note(self, method: str, event, metadata) -> grpc.StatusCode:
        call = GRPCCall(
            name=event.name,
            raw_path=method.encode(),
            headers=metadata,
            body=event.data.SerializeToString() if event.HasField("data") else b"",
            time=time.time_ns(),
            event=event,
        )
        with self.changed:
            script = self._scripts.get(event.name, [Answer(OK)])
            answer = script.pop(0) if len(script) > 1 else script[0]
            # What is not implemented has not seen anything.
            if answer.status != grpc.StatusCode.UNIMPLEMENTED:
                self.calls.append(call)
                self.changed.notify_all()
        return answer.status

    def stop(self) -> None:
        """Stops listening and breaks off what is in hand."""
        if self._grpc:
            assert self._grpc.stop(0).wait(DEADLINE), "the app does not stop"
            self._grpc = None


# As a process


def main(port: int, path: str) -> None:
    """Notes its calls in a file; those of jobs whose names begin with "hang" it never answers."""
    notes = open(path, "ab", buffering=0)

    def called(event, metadata, _):
        note = {
            "name": event.name, "raw_path": STABLE, "time": time.time_ns(), "headers": metadata,
            "body": event.data.SerializeToString().hex(),
        }  # fmt: skip
        notes.write(json.dumps(note).encode() + b"\n")
        if event.name.startswith("hang"):
            threading.Event().wait()

    with tempfile.TemporaryDirectory() as directory:
        protos = Protos(Path(directory))
    listening(port, [handler(protos, STABLE, called)], 16).wait_for_termination()


class GRPCReplica(Replica):
    program = __file__

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def wait_for(self, name: str, count: int = 1) -> list[Call]:
        def found():
            calls = [call for call in self.calls if call.name == name]
            return len(calls) >= count and calls

        return wait_until(found, f"{count} calls of {name}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
