"""`daybook jobs export` and `import`: every job, and the same jobs elsewhere."""

import json

import pytest

from commanding import REFUSED, USAGE, is_safe
from Harness.waiting import wait_until
from operating import actor, app, done, everything, exported, operator, owners, post, refused

VALUE = "type.googleapis.com/google.protobuf.Value"
DEFINITIONS = [
    {"dueTime": "2100-01-01T00:00:00Z"},
    {"schedule": "@every 1h", "dueTime": "36h", "ttl": "720h", "repeats": 7},
    {"schedule": "TZ=Europe/Berlin 0 30 6 * * MON-FRI", "failurePolicy": {"drop": {}}},
    {"schedule": "@daily", "failurePolicy": {"constant": {"interval": "90s", "maxRetries": 0}}},
    {"schedule": "@daily", "failurePolicy": {"constant": {}}, "concurrencyKey": "k"},
    {"dueTime": "9h", "data": {"@type": VALUE, "value": None}},
    {"dueTime": "9h", "data": {"@type": VALUE, "value": {"é": ["\x00\u202e\n", 1e300, -0.5, {}]}}},
    {"dueTime": "9h", "data": {"@type": "x/y", "base64": "AAECAwT//w=="}},
    {"dueTime": "9h", "data": {"@type": "", "base64": ""}},
]  # fmt: skip


def fill(server) -> None:
    with operator(server) as client:
        for namespace in ("default", "test", "test-1"):
            for number, fields in enumerate(DEFINITIONS):
                post(client, app("shop", f"job {number} é||%", namespace=namespace), **fields)
                post(client, app("billing", f"job {number}", namespace=namespace), **fields)
                reminder = {"submittedAppID": "shop"} | fields
                post(client, actor("cart", f"{number}", "tick", namespace=namespace), **reminder)


def definitions(jobs: list[dict]) -> list[dict]:
    return [{name: job[name] for name in job if name != "status"} for job in jobs]


def test_a_round_trip(serve, tmp_path):
    here = serve()
    fill(here)
    lines = done(here, "export")
    jobs = [json.loads(line) for line in lines.splitlines()]
    with operator(here) as client:
        assert jobs == everything(client)
    assert len(jobs) == 3 * 3 * len(DEFINITIONS) and len(set(owners(jobs))) == len(jobs)
    assert all({"generation", "ticksDone"} <= job["status"].keys() for job in jobs)
    file = tmp_path / "jobs.jsonl"
    file.write_text(lines)
    there = serve()
    assert done(there, "import", str(file)) == ""
    assert definitions(exported(there)) == definitions(jobs)
    # What is imported outlives a kill.
    there.kill()
    there.start()
    assert definitions(exported(there)) == definitions(jobs)


def test_one_app_one_actor_or_one_namespace_alone(serve):
    server = serve()
    fill(server)
    whole = owners(exported(server))
    for flags, beginning in [
        (["--app", "shop"], "default/shop/"),
        (["--app", "shop", "--namespace", "test"], "test/shop/"),
        (["--namespace", "test"], "test/"),
        (["--actor", "cart", "--namespace", "test-1"], "test-1/cart/"),
        (["--actor", "cart/3"], "default/cart/3/"),
    ]:  # fmt: skip
        selected = [name for name in whole if name.startswith(beginning)]
        assert owners(exported(server, *flags)) == selected and selected


def test_many_jobs_are_exported_and_imported_through_a_pipe(serve):
    here, there = serve(), serve()
    with operator(here) as client:
        for number in range(30):
            post(client, app("shop", f"{number:04}"))
    lines = done(here, "export")
    # Each job many times over, under other names.
    many = "".join(
        lines.replace('"name":"', f'"name":"{copy:03} ') + ("\n" if copy % 2 else "")
        for copy in range(50)
    )
    assert done(there, "import", "-", stdin=many.encode()) == ""
    assert len(exported(there)) == 1_500
    names = [job["name"] for job in exported(there)]
    assert names == sorted(names) and names[0] == "000 0000"


def test_jobs_that_exist_are_refused_line_by_line_unless_they_may_be_replaced(serve):
    server = serve()
    fill(server)
    lines = done(server, "export").splitlines(keepends=True)
    with operator(server) as client:
        for job in exported(server)[::2]:
            where = {"namespace": job["namespace"]}
            if "app" in job:
                place = app(job["app"], job["name"], **where)
            else:
                place = actor(job["actorType"], job["actorID"], job["name"], **where)
            assert client.delete(place).status_code == 204
    before = {owner: job["status"]["generation"]
              for owner, job in zip(owners(exported(server)), exported(server))}  # fmt: skip
    said = refused(REFUSED, server, "import", "-", stdin="".join(lines).encode()).splitlines()
    numbers = range(2, len(lines) + 1, 2)
    assert len(said) == len(numbers) + 1
    for line, number in zip(said, numbers):
        assert line.startswith(f"daybook: line {number}: job already exists: ")
        assert "--overwrite" in line
    assert said[-1] == f"daybook: {len(numbers)} of {len(lines)} jobs were not imported"
    after = exported(server)
    assert len(after) == len(lines)
    for owner, job in zip(owners(after), after):
        assert before.get(owner, job["status"]["generation"]) == job["status"]["generation"]
    done(server, "import", "-", "--overwrite", stdin="".join(lines).encode())
    assert definitions(exported(server)) == definitions(map(json.loads, lines))


BAD = [
    (b"{", "is not JSON from byte 2 on"), (b"[]", "does not say its namespace"),
    (b'{"a":1} {}', "is not JSON"),
    (b"\xff", "is not UTF-8"), (b'{"app":"a","name":"b"}', "does not say its namespace"),
    (b'{"namespace":"n","name":"b"}', "does not say its app"),
    (b'{"namespace":"n","actorType":"t","name":"b"}', "does not say its actorID"),
    (b'{"namespace":"n","app":1,"name":"b"}', "does not say its app"),
    (b'{"namespace":"n","app":"a"}', "does not say its name"),
    (b'{"namespace":"n","app":"a","name":"b"}', "schedule or a due time|due time or a schedule"),
    (b'{"namespace":"n","app":"a","name":"b/c","dueTime":"1h"}', 'must not contain "/"'),
    (b'{"namespace":"n","app":"a","name":"b","dueTime":"soon"}', "dueTime"),
    (b'{"namespace":"n","app":"a","name":"b","dueTime":"1h","data":7}', "data"),
    (b'{"namespace":"n","app":"a","name":"b","dueTime":"1h","dueTime":"2h"}', "duplicate"),
]  # fmt: skip


def test_bad_lines_are_named_and_the_others_are_imported(serve):
    server = serve()
    good = b'{"namespace":"n","app":"a","name":"good %d","dueTime":"1h"}'
    lines = [line for number, (bad, _) in enumerate(BAD) for line in (b"", bad, good % number)]
    said = refused(REFUSED, server, "import", "-", stdin=b"\r\n".join(lines)).splitlines()
    assert len(said) == len(BAD) + 1 and is_safe("\n".join(said))
    for number, (line, (_, words)) in enumerate(zip(said, BAD)):
        assert line.startswith(f"daybook: line {3 * number + 2}: "), line
        assert any(word in line for word in words.split("|")), line
    assert said[-1] == f"daybook: {len(BAD)} of {2 * len(BAD)} jobs were not imported"
    assert len(exported(server)) == len(BAD)


def test_of_two_lines_for_one_job_the_later_one_wins(serve):
    server = serve()
    line = b'{"namespace":"n","app":"a","name":"b","dueTime":"%dh"}\n'
    done(server, "import", "-", "--overwrite", stdin=b"".join(line % hour for hour in range(1, 30)))
    (job,) = exported(server)
    assert job["dueTime"] == "29h"


def test_nothing_to_import_and_a_file_that_is_not_there(serve, tmp_path):
    server = serve()
    assert done(server, "import", "-", stdin=b"\n\n") == ""
    assert exported(server) == []
    said = refused(6, server, "import", str(tmp_path / "none"))
    assert "cannot read" in said and said.count("\n") == 1
    assert "file" in refused(USAGE, server, "import")


def test_the_largest_data_of_the_jobs_api_is_moved(serve):
    here, there = serve(), serve()
    here.schedule("large", dueTime="1h", data="\x01" * 690_000)
    lines = done(here, "export")
    assert len(lines) > 4_000_000
    assert done(there, "import", "-", stdin=lines.encode()) == ""
    assert definitions(exported(there)) == definitions(exported(here))


def test_a_server_that_dies_meanwhile_is_said_with_the_line(serve):
    server = serve()
    line = b'{"namespace":"n","app":"a","name":"%d","dueTime":"1h"}\n'
    lines = b"".join(line % number for number in range(300))
    server.kill()
    server.start({"DAYBOOK_FAILPOINT": "turn-committed@4"})
    said = refused(3, server, "import", "-", stdin=lines)
    assert "daybook: line " in said and said.count("\n") == 1
    server.start()
    wait_until(lambda: len(exported(server)) < 300, "not all are there")
    done(server, "import", "-", "--overwrite", stdin=lines)
    assert len(exported(server)) == 300


@pytest.mark.sidecars
def test_a_sidecars_reminder_is_the_same_elsewhere(server, serve, remind, scheduler):
    """Its data is of a type that only the sidecar knows, and comes back byte by byte."""
    from sidecar import actor as reminder_of

    fields = {"due_time": "9h", "schedule": "@every 1h",
              "data": {"type_url": "type.googleapis.com/google.protobuf.BytesValue",
                       "value": bytes(range(256))}}  # fmt: skip
    remind("tick", reminder_of("cart", "17"), **fields)
    lines = done(server, "export")
    before = scheduler.GetJob(name="tick", metadata=reminder_of("cart", "17"))
    done(server, "delete-namespace", "default")
    done(server, "import", "-", stdin=lines.encode())
    assert scheduler.GetJob(name="tick", metadata=reminder_of("cart", "17")) == before
