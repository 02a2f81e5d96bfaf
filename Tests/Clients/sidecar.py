"""A sidecar of Dapr as the scheduler service sees it: it schedules for its app, and watches."""

import queue
import threading
import time

import grpc

from Harness.waiting import wait_until
from protos import Protos, Stub

SCHEDULER = "dapr.proto.scheduler.v1.Scheduler"
PACKAGE = "dapr.proto.scheduler.v1"


def scheduler_stub(protos: Protos, port: int) -> Stub:
    """stub.GetJob(name="a", metadata=…): the fields of the request, one of which is `metadata`."""
    return protos.stub(grpc.insecure_channel(f"127.0.0.1:{port}"), SCHEDULER)


class Watch:
    """One WatchJobs stream. Answers SUCCESS to everything unless `answer` says otherwise: it gets a
    trigger and returns "SUCCESS", "FAILED" or None for no answer."""

    def __init__(self, protos, port: int, answer=lambda trigger: "SUCCESS", **initial):
        self.request = protos.message(f"{PACKAGE}.WatchJobsRequest")
        response = protos.message(f"{PACKAGE}.WatchJobsResponse")
        self.answer = answer
        self.triggers: list[tuple[int, object]] = []
        self.error: grpc.RpcError | None = None
        self.changed = threading.Condition()
        self.messages: queue.SimpleQueue = queue.SimpleQueue()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        if initial:
            self.send(initial={"namespace": "default"} | initial)
        call = self.channel.stream_stream(
            f"/{SCHEDULER}/WatchJobs", self.request.SerializeToString, response.FromString
        )
        self.call = call(iter(self.messages.get, None))
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def send(self, **fields) -> None:
        self.messages.put(self.request(**fields))

    def result(self, id: int, status="SUCCESS") -> None:
        self.send(result={"id": id, "status": status})

    def _read(self) -> None:
        try:
            for trigger in self.call:
                with self.changed:
                    self.triggers.append((time.time_ns(), trigger))
                    self.changed.notify_all()
                if status := self.answer(trigger):
                    self.result(trigger.id, status)
        except grpc.RpcError as error:
            with self.changed:
                self.error = error
                self.changed.notify_all()

    def wait_for(self, count: int, what="triggers") -> list:
        """The first `count` triggers."""
        wait_until(lambda: len(self.triggers) >= count, f"{count} {what}", changed=self.changed)
        return [trigger for _, trigger in self.triggers[:count]]

    def wait_for_error(self) -> grpc.RpcError:
        return wait_until(lambda: self.error, "an error", changed=self.changed)

    def close(self) -> None:
        self.call.cancel()
        self.messages.put(None)
        self.channel.close()
        self.thread.join(10)


def app(app_id="shop", namespace="default", **more) -> dict:
    """The metadata of an app's jobs."""
    return {"app_id": app_id, "namespace": namespace, "target": {"job": {}}} | more


def actor(type="cart", id="7", app_id="shop", namespace="default", **more) -> dict:
    """The metadata of an actor's reminders."""
    target = {"actor": {"type": type, "id": id}}
    return {"app_id": app_id, "namespace": namespace, "target": target} | more
