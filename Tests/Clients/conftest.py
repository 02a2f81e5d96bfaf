"""Fixtures: a real app, real servers on directories of their own, the judge after every test."""

import os
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

import grpc
import pytest

from app import App
from deployment import Deployment
from grpc_app import GRPCApp
from Harness import disks
from Harness.ledger import Ledger
from Harness.making import making
from Harness.waiting import Ports
from judging import judge
from metrics import Admin
from protos import JOBS, Protos
from replica import Replica
from server import Server
from sidecar import Watch, scheduler_stub

# More fixtures.
pytest_plugins = ["hosting", "moving", "zonefiles"]


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="repeat what is random more often")


@pytest.fixture
def rounds(request):
    """How often a test repeats what is random."""
    return 10 if request.config.getoption("--long") else 1


@pytest.fixture(scope="session")
def ports():
    """Ports of this worker alone, below those the kernel gives to outgoing connections."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return Ports(20_000 + 1_000 * int(worker.removeprefix("gw")))


@pytest.fixture
def apps(ports):
    """Makes apps that do not listen yet. Torn down after the servers that call them."""
    with making(lambda: App(ports.free()), App.stop) as make:
        yield make


@pytest.fixture
def replicas(tmp_path, ports):
    """Makes apps that are processes: replicas(3). They are started, and killed in the end."""
    made: list[Replica] = []

    def make(count: int, protocol="http") -> list[Replica]:
        paths = [tmp_path / f"calls{len(made) + number}" for number in range(count)]
        new = [Replica(ports.free(), path, protocol) for path in paths]
        made.extend(new)
        for replica in new:
            replica.start()
        return new

    yield make
    for replica in made:
        replica.kill()


@pytest.fixture(scope="session")
def protos(tmp_path_factory):
    """Daybook's own protos."""
    return Protos(tmp_path_factory.mktemp("protos"))


@pytest.fixture
def grpc_apps(ports, protos):
    """Makes gRPC apps that do not listen yet: grpc_apps(methods=…)."""

    def end(app: GRPCApp) -> None:
        app.release()
        app.stop()

    with making(lambda **options: GRPCApp(ports.free(), protos, **options), end) as make:
        yield make


@pytest.fixture
def grpc_replica(replicas):
    """A gRPC app that is a process."""
    return replicas(1, "grpc")[0]


@pytest.fixture
def supervised(request, tmp_path, ports, apps, replicas, grpc_apps):
    """Servers, and what is sent their triggers: supervised(server, receivers). Each is started, and
    must stop cleanly and satisfy the judges."""
    servers: list[Server] = []
    logs: dict[Path, Server] = {}
    marks = {marker.name for marker in request.node.iter_markers()}
    stack = ExitStack()

    def start(server: Server, receivers: list) -> Server:
        servers.append(server)
        # Servers of one log, one after another, are supervised as one.
        first = logs.setdefault(server.directory, server)
        server.ledger = first.ledger or stack.enter_context(
            closing(Ledger(tmp_path / f"outside{len(logs)}"))
        )
        server.receivers, server.marks = first.receivers, marks
        server.receivers += [one for one in receivers if one not in first.receivers]
        server.start()
        return server

    try:
        yield start
        for server in servers:
            for receiver in server.receivers:
                if hasattr(receiver, "release"):
                    receiver.release()
            server.stop()
        for server in logs.values():
            judge(server)
    finally:
        for server in servers:
            server.abandon()
        stack.close()


@pytest.fixture
def serve(tmp_path, ports, supervised):
    """Starts servers: serve(app). Afterwards each must stop cleanly and satisfy the judges."""
    numbers = count()

    def start(app=None, directory: Path | None = None, **flags) -> Server:
        directory = directory or tmp_path / f"data{next(numbers)}"
        server = Server(directory, ports.free(), app and app.port, **flags)
        return supervised(server, getattr(app, "apps", [app] if app else []))

    return start


@pytest.fixture
def deploy(tmp_path, ports, supervised):
    """Starts servers of several apps: deploy(shop={"app-port": 1}, …), with what calls they see."""
    numbers = count()

    def start(calls: list = (), above: dict | None = None, **apps) -> Deployment:
        listed = [{"id": name, "http-port": ports.free()} | app for name, app in apps.items()]
        server = Deployment(tmp_path / f"data{next(numbers)}", above or {}, listed)
        return supervised(server, list(calls))

    return start


@pytest.fixture
def app(apps):
    """A FastAPI app under uvicorn that answers 200 unless told otherwise."""
    app = apps()
    app.start()
    return app


@pytest.fixture
def absent_app(apps):
    """An app that is not there yet."""
    return apps()


@pytest.fixture
def server(request, ports):
    """A server whose app is there; with the mark `sidecars` one that serves sidecars and the jobs
    API over gRPC, and calls no app."""
    if request.node.get_closest_marker("sidecars"):
        start, app = request.getfixturevalue("serve_grpc"), None
        options = {"scheduler_port": ports.free()}
    else:
        start, app = request.getfixturevalue("serve"), request.getfixturevalue("app")
        options = {}
    return start(app, metrics_port=ports.free(), **options)


@pytest.fixture
def admin(server):
    """Its admin listener."""
    return Admin(server.metrics_port)


@pytest.fixture
def serve_grpc(serve, ports):
    """Starts servers whose jobs API is there over gRPC too, and that call gRPC apps so."""

    def start(app=None, flags=(), **options) -> Server:
        if getattr(app, "protocol", "http") == "grpc":
            flags = ("--app-protocol", "grpc", *flags)
        return serve(app, grpc_port=ports.free(), flags=flags, **options)

    return start


# Over HTTP and over gRPC alike


@pytest.fixture(params=["http", "grpc"])
def either_apps(request, apps, grpc_apps):
    """Makes apps that do not listen yet, once of each protocol."""
    return {"http": apps, "grpc": grpc_apps}[request.param]


@pytest.fixture
def either_app(either_apps):
    """An app of each protocol in turn, whose answers have the statuses of HTTP."""
    app = either_apps()
    app.start()
    return app


@pytest.fixture
def either_server(serve_grpc, either_app):
    """The server that calls it."""
    return serve_grpc(either_app)


@pytest.fixture
def grpc_app(grpc_apps):
    """A gRPC app that answers OK unless told otherwise."""
    app = grpc_apps()
    app.start()
    return app


@pytest.fixture
def grpc_server(serve_grpc, grpc_app):
    """A server with both APIs whose gRPC app is there."""
    return serve_grpc(grpc_app)


@pytest.fixture
def jobs(grpc_server, stub):
    """The jobs API of `grpc_server` over gRPC."""
    return stub(grpc_server)


@pytest.fixture
def stub(protos):
    """Makes stubs of the jobs API: stub(server)."""
    channels: list[grpc.Channel] = []

    def make(server, service=JOBS, port: int | None = None):
        channels.append(grpc.insecure_channel(f"127.0.0.1:{port or server.grpc_port}"))
        return protos.stub(channels[-1], service)

    yield make
    for channel in channels:
        channel.close()


@pytest.fixture
def scheduler(server, protos):
    """The scheduler service, as a sidecar calls it."""
    stub = scheduler_stub(protos, server.scheduler_port)
    yield stub
    stub.channel.close()


@pytest.fixture
def watch(server, protos):
    """Opens streams of triggers: watch(app_id="shop")."""
    def start(**options) -> Watch:
        server.receivers.append(Watch(protos, server.scheduler_port, **options))
        return server.receivers[-1]

    with making(start, Watch.close) as make:
        yield make


@pytest.fixture
def small_disk(tmp_path):
    """Makes a disk of so many MiB: small_disk(20)."""
    with ExitStack() as stack:

        def make(mebibytes: int) -> Path:
            if not stack.enter_context(disks.small_disk(tmp_path / "disk", mebibytes)):
                pytest.skip("nothing can be mounted here")
            return tmp_path / "disk"

        yield make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows the end of each server's own log beside a failure."""
    report = yield
    directory = item.funcargs.get("tmp_path") if hasattr(item, "funcargs") else None
    if report.failed and directory:
        for path in sorted(directory.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-40:]
            report.sections.append((path.name, "\n".join(lines)))
    return report
