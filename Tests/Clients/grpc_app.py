"""The application as a gRPC server, scripted as `App` is. It speaks Daybook's own protos."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Value

from Harness.app import Answer, App, Call
from Harness.waiting import DEADLINE
from protos import CALLBACK, CALLBACK_ALPHA, Protos

STABLE, ALPHA = "OnJobEvent", "OnJobEventAlpha1"
SERVICES = {STABLE: CALLBACK, ALPHA: CALLBACK_ALPHA}
OK = grpc.StatusCode.OK
CODES = {200: OK, 404: grpc.StatusCode.NOT_FOUND, 500: grpc.StatusCode.INTERNAL}


@dataclass
class GRPCCall(Call):
    """A call with the message it was."""

    event: Any = None

    @property
    def json(self) -> Any:
        """Of what was scheduled over HTTP."""
        return MessageToDict(Value.FromString(self.event.data.value))

    @property
    def text(self) -> str:
        return text_of(self.body)


def text_of(packed: bytes) -> str:
    """What an app that is called over HTTP is sent of an `Any`."""
    # Not before it is asked for: an app of its own starts the sooner.
    import told

    data = any_pb2.Any.FromString(packed)
    return told.text(data.type_url, data.value)


def answer_of(code: grpc.StatusCode) -> Answer:
    """The HTTP status that means the same."""
    statuses = {OK: 200, grpc.StatusCode.NOT_FOUND: 404}
    return Answer(statuses.get(code, 500), code=code.value[0])


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
    """The statuses of its script are gRPC's codes, or such of HTTP as mean the same; without one it
    answers OK."""

    protocol = "grpc"

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
                call, code = self._note(method, event, metadata)
                if event.name.startswith(self.held):
                    self._open.wait()
                call.reply(answer_of(code))
                if code != OK:
                    context.abort(code, f"told to say {code.name}")

            return called

        handlers = [handler(self.protos, method, note(method)) for method in self.methods]
        self._grpc = listening(self.port, handlers, 16)
        self.came()

    def _note(self, method: str, event, metadata) -> tuple[GRPCCall, grpc.StatusCode]:
        body = event.data.SerializeToString() if event.HasField("data") else b""
        call = GRPCCall(event.name, method.encode(), metadata, body, event=event)
        # What is not implemented has not seen anything.
        answer = self.note(call, unless=grpc.StatusCode.UNIMPLEMENTED, otherwise=Answer(OK))
        return call, CODES.get(answer.status, answer.status)

    def stop(self) -> None:
        """Stops listening and breaks off what is in hand."""
        if self._grpc:
            self.left()
            assert self._grpc.stop(0).wait(DEADLINE), "the app does not stop"
            self._grpc = None
