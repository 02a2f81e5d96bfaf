"""Row 2: durable ScheduleJob over gRPC, beside what gRPC itself costs."""

import time

from bench import Bench
from loads import h2load
from rows import Row
from server import Server, free_port

METHOD = "dapr.proto.scheduler.v1.Scheduler/ScheduleJob"
CONNECTIONS, STREAMS = 4, 16


def measure(bench: Bench, _: str):
    body, echo_port = bench.work / "body", free_port()
    body.unlink(missing_ok=True)
    echo = bench.start("grpc-echo", "--port", echo_port, "--body", body)
    while not body.exists():
        time.sleep(0.05)
    seconds = bench.size(5, 1)

    def rate(port: int) -> float:
        url = f"http://127.0.0.1:{port}/{METHOD}"
        return h2load(url, body, CONNECTIONS, STREAMS, seconds)

    with Server(bench, bench.directory("calls")) as server:
        bench.prepare()
        durable, bare = [], []
        for _ in range(bench.rounds):
            bare.append(rate(echo_port))
            before = server.metric("daybook_log_head")
            durable.append(rate(server.scheduler_port))
            appended = server.metric("daybook_log_head") - before
            if appended < durable[-1] * seconds * 0.99:
                raise SystemExit(f"only {appended:.0f} calls came to be durable")
    echo.terminate()
    echo.wait()
    bench.add(Row(
        "2", "durable gRPC ScheduleJob, 64 in flight over 4 connections", "/s", durable,
        "10,000/s, 0.7 of the bare echo", least=10_000, reference="bare echo", references=bare,
        ratio_least=0.7, note="Dapr: 5,200/s"))  # fmt: skip
