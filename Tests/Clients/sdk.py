"""Dapr's own SDK for Python, turned to a server of ours."""

import asyncio
import threading
from contextlib import contextmanager

from dapr.aio.clients import DaprClient as AsyncDaprClient
from dapr.clients import DaprClient
from dapr.clients.exceptions import DaprGrpcError
from dapr.conf import settings
from dapr.ext.grpc import App as SDKApp
from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message

from Harness.waiting import DEADLINE


def point_at(server, monkeypatch) -> None:
    """The SDK asks over HTTP first whether anybody is there."""
    monkeypatch.setattr(settings, "DAPR_HTTP_PORT", server.port)
    monkeypatch.setattr(settings, "DAPR_HEALTH_TIMEOUT", DEADLINE)


class Sync:
    """Its client without, and with the face of, the one below."""

    def __init__(self, server):
        self.address = f"127.0.0.1:{server.grpc_port}"

    def __getattr__(self, method: str):
        def call(*arguments, **options):
            with DaprClient(address=self.address) as client:
                return getattr(client, method)(*arguments, **options)

        return call


class Async(Sync):
    """Its client with asyncio."""

    def __getattr__(self, method: str):
        async def main(arguments, options):
            async with AsyncDaprClient(address=self.address) as client:
                return await getattr(client, method)(*arguments, **options)

        return lambda *arguments, **options: asyncio.run(main(arguments, options))


def packed(message: Message) -> Any:
    data = Any()
    data.Pack(message)
    return data


@contextmanager
def serving(port: int, **handlers):
    """An app made with the SDK; a handler gets what the SDK calls a JobEvent."""
    app = SDKApp()
    for name, called in handlers.items():
        app.job_event(name)(called)
    thread = threading.Thread(target=app.run, args=(port, "127.0.0.1"), daemon=True)
    thread.start()
    try:
        yield
    finally:
        app.stop()
        thread.join(DEADLINE)
        assert not thread.is_alive(), "the app does not stop"


__all__ = ["Async", "DaprGrpcError", "Sync", "packed", "point_at", "serving"]
