"""A sidecar of Dapr as the scheduler service sees it: it schedules for its app, and watches."""

import queue
import threading
from dataclasses import dataclass

import grpc

import reading
from grpc_app import GRPCCall
from Harness.app import Answer, Receiver
from Harness.waiting import wait_until
from protos import Protos, Stub

SCHEDULER = "dapr.proto.scheduler.v1.Scheduler"
PACKAGE = "dapr.proto.scheduler.v1"


def scheduler_stub(protos: Protos, port: int) -> Stub:
    """stub.GetJob(name="a", metadata=…): the fields of the request, one of which is `metadata`."""
    return protos.stub(grpc.insecure_channel(f"127.0.0.1:{port}"), SCHEDULER)


class Watch(Receiver):
    """One WatchJobs stream. Answers SUCCESS to everything unless `answer` says otherwise: it gets a
    trigger and returns "SUCCESS", "FAILED" or None for no answer."""

    def __init__(self, protos, port: int, answer=lambda trigger: "SUCCESS", **initial):
        super().__init__()
        self.request = protos.message(f"{PACKAGE}.WatchJobsRequest")
        response = protos.message(f"{PACKAGE}.WatchJobsResponse")
        self.answer = answer
        self.triggers: list[tuple[int, object]] = []
        self.calls: list[StreamCall] = []
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
        self.came()

    def send(self, **fields) -> None:
        self.messages.put(self.request(**fields))

    def result(self, id: int, status="SUCCESS") -> None:
        answers = {"SUCCESS": Answer(200, code=0), "FAILED": Answer(500, code=0)}
        for (_, trigger), call in zip(list(self.triggers), self.calls):
            if trigger.id == id and call.answer is None:
                call.reply(answers[status])
                break
        self.send(result={"id": id, "status": status})

    def _read(self) -> None:
        try:
            for trigger in self.call:
                with self.changed:
                    self.calls.append(call_of(trigger))
                    self.triggers.append((self.calls[-1].time, trigger))
                    self.changed.notify_all()
                if status := self.answer(trigger):
                    self.result(trigger.id, status)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED and self.triggers:
                # Ended by the time limit, at some time after it was last sent something.
                self.left(self.triggers[-1][0])
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
        self.left()
        self.call.cancel()
        self.messages.put(None)
        self.channel.close()
        self.thread.join(60)


@dataclass
class StreamCall(GRPCCall):
    @property
    def app_id(self) -> str:
        """Whom it is for."""
        metadata = self.event.metadata
        target = metadata.target
        if target.WhichOneof("type") == "actor":
            return reading.actor(target.actor.type, target.actor.id)
        return metadata.app_id


def call_of(trigger) -> StreamCall:
    about = trigger.daybook
    headers = {
        "idempotency-key": about.idempotency_key, "daybook-due-time": about.due_time,
        "daybook-attempt": str(about.attempt), "daybook-cause": about.cause,
        "daybook-trigger": str(about.trigger),
    }  # fmt: skip
    body = trigger.data.SerializeToString() if trigger.HasField("data") else b""
    return StreamCall(trigger.name, b"WatchJobs", headers, body, event=trigger)


def app(app_id="shop", namespace="default", **more) -> dict:
    """The metadata of an app's jobs."""
    return {"app_id": app_id, "namespace": namespace, "target": {"job": {}}} | more


def actor(type="cart", id="7", app_id="shop", namespace="default", **more) -> dict:
    """The metadata of an actor's reminders."""
    target = {"actor": {"type": type, "id": id}}
    return {"app_id": app_id, "namespace": namespace, "target": target} | more
