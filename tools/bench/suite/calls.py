"""Row 2: durable ScheduleJob over gRPC, beside what gRPC and HTTP/2 themselves cost."""

import time

from bench import Bench
from loads import h2load
from rows import Row
from server import Server, free_port

METHOD = "dapr.proto.scheduler.v1.Scheduler/ScheduleJob"
CONNECTIONS, STREAMS = 4, 16


def measure(bench: Bench, _: str):
    body = bench.work / "body"
    echo_port, http2_port, tasks_port = free_port(), free_port(), free_port()
    body.unlink(missing_ok=True)
    echoes = [
        bench.start("grpc-echo", "--port", echo_port, "--body", body),
        bench.start("http2-echo", "--port", http2_port),
        bench.start("http2-echo", "--port", tasks_port, "--from-task"),
    ]
    while not body.exists():
        time.sleep(0.05)
    seconds = bench.size(5, 1)

    def rate(port: int) -> float:
        url = f"http://127.0.0.1:{port}/{METHOD}"
        return h2load(url, body, CONNECTIONS, STREAMS, seconds)

    with Server(bench, bench.directory("calls")) as server:
        bench.prepare()
        durable, bare, http2, tasks = [], [], [], []
        for _ in range(bench.rounds):
            bare.append(rate(echo_port))
            http2.append(rate(http2_port))
            tasks.append(rate(tasks_port))
            before = server.metric("daybook_log_head")
            durable.append(rate(server.scheduler_port))
            appended = server.metric("daybook_log_head") - before
            if appended < durable[-1] * seconds * 0.99:
                raise SystemExit(f"only {appended:.0f} calls came to be durable")
    for echo in echoes:
        echo.terminate()
        echo.wait()
    bench.add(Row(
        "2", "durable gRPC ScheduleJob, 64 in flight over 4 connections", "/s", durable,
        "10,000/s, 0.7 of the bare echo", least=10_000, reference="bare echo", references=bare,
        ratio_least=0.7, note="Dapr: 5,200/s"))  # fmt: skip
    bench.add(Row(
        "2", "ScheduleJob answered at once, on SwiftNIO's HTTP/2 alone", "/s", http2,
        reference="bare echo", references=bare))  # fmt: skip
    bench.add(Row(
        "2", "the same, answered from a task, as what has waited for the log", "/s", tasks,
        reference="bare echo", references=bare))  # fmt: skip
