"""A user without any rights can do all of it, as the unit of systemd and the container do."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from Harness.programs import BINARY
from sidecar import Watch, app, scheduler_stub

OTHER = 10_001
AS_OTHER = ("setpriv", f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups", "--")


@pytest.fixture
def volume():
    """A directory of the other user; he may not look into those of pytest."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    (place / "volume").mkdir()
    os.chown(place / "volume", OTHER, OTHER)
    # The judge of the log stands beside it.
    for program in (BINARY, BINARY.with_name("daybook-replay")):
        shutil.copy(program, place)
    yield place / "volume"
    shutil.rmtree(place)


@pytest.mark.skipif(os.getuid() != 0, reason="as root, to become another user")
def test_every_door_works_for_a_user_without_rights(
    volume, serve_grpc, either_app, ports, protos, stub
):
    # The volume comes first, as what comes last ends first, and the log is judged in the end.
    server = serve_grpc(
        either_app, directory=volume, binary=volume.parent / BINARY.name, prefix=AS_OTHER,
        scheduler_port=ports.free(), metrics_port=ports.free(),
    )  # fmt: skip
    assert os.stat(f"/proc/{server.process.pid}").st_uid == OTHER
    server.schedule("over HTTP", dueTime="0s")
    either_app.wait_for("over HTTP")
    stub(server).ScheduleJob(job={"name": "over gRPC", "due_time": "0s"})
    either_app.wait_for("over gRPC")
    stream = Watch(protos, server.scheduler_port, app_id="sidecar")
    server.receivers.append(stream)
    scheduler = scheduler_stub(protos, server.scheduler_port)
    scheduler.ScheduleJob(name="of a sidecar", metadata=app("sidecar"), job={"due_time": "0s"})
    stream.wait_for(1)
    stream.close()
    scheduler.channel.close()
