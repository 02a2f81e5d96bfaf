"""Daybook's own protos at work: messages and stubs made of the very files it is built from, in a
pool of their own, so that they cannot be mistaken for those of Dapr's SDK."""

from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

from Harness.programs import ROOT

FOLDER = ROOT / "Sources/DaprProtos/Proto"
RUNTIME = "dapr.proto.runtime.v1"
JOBS = f"{RUNTIME}.Dapr"
CALLBACK = f"{RUNTIME}.AppCallback"
CALLBACK_ALPHA = f"{RUNTIME}.AppCallbackAlpha"


class Protos:
    """All files of the folder, compiled into `directory`."""

    def __init__(self, directory: Path):
        files = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.proto"))
        output = directory / "descriptors"
        well_known = Path(protoc.__file__).parent / "_proto"
        arguments = [
            "protoc", f"--proto_path={FOLDER}", f"--proto_path={well_known}",
            f"--descriptor_set_out={output}", "--include_imports", *files,
        ]  # fmt: skip
        assert protoc.main(arguments) == 0
        self.set = descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes())
        self.pool = descriptor_pool.DescriptorPool()
        for file in self.set.file:
            self.pool.Add(file)

    def message(self, name: str):
        """The class of a message, by its full name or its name among those of the runtime."""
        full = name if "." in name else f"{RUNTIME}.{name}"
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(full))

    def methods(self, service: str) -> dict:
        """By name: the classes of its request and its response."""
        found = self.pool.FindServiceByName(service).methods
        return {
            method.name: tuple(
                message_factory.GetMessageClass(type)
                for type in (method.input_type, method.output_type)
            )
            for method in found
        }

    def stub(self, channel: grpc.Channel, service: str = JOBS) -> "Stub":
        return Stub(self, channel, service)


class Stub:
    """stub.GetJob(name="a") makes the request and returns the response; so does any method."""

    def __init__(self, protos: Protos, channel: grpc.Channel, service: str):
        self.channel = channel
        self.calls = {}
        for name, (request, response) in protos.methods(service).items():
            call = channel.unary_unary(
                f"/{service}/{name}", request.SerializeToString, response.FromString
            )
            self.calls[name] = (call, request)

    def __getattr__(self, name: str):
        call, request = self.calls[name]

        return lambda **fields: call(request(**fields), timeout=60)

    def with_tokens(self, method: str, *tokens: str) -> None:
        call, request = self.calls[method]
        call(request(), timeout=60, metadata=[("dapr-api-token", token) for token in tokens])


# What tests of the jobs API do all the time


def schedule(jobs: Stub, name: str, overwrite=False, **fields) -> None:
    jobs.ScheduleJob(job={"name": name} | fields, overwrite=overwrite)


def names(jobs: Stub) -> list[str]:
    return [job.name for job in jobs.ListJobs().jobs]
