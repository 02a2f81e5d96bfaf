"""Jobs and reminders of any app, over the operator's API and by `daybook jobs`."""

import json
import os

import pytest

from commanding import CANNOT_REACH, REFUSED, USAGE, is_safe, run
from Harness.waiting import wait_until
from operating import actor, app, command, done, everything, operator, owners, post, refused
from sidecar import actor as reminder_of

NAMES = ["a b", "my||job", "é", "名前", "history", "jobs", "a+b", "100%", "%2F", "-x", "n" * 512]


@pytest.fixture
def several(serve):
    """A server with jobs of two apps and reminders of two actors, in two namespaces."""
    server = serve()
    server.schedule("report", dueTime="1h")
    server.schedule("report-2", schedule="@daily")
    with operator(server) as client:
        post(client, app("billing", "report"))
        post(client, actor("cart", "17", "tick"))
        post(client, actor("cart", "18", "tick"))
        post(client, app("shop", "report", namespace="test"))
        post(client, actor("cart", "17", "tick", namespace="test"))
    return server


EVERYTHING = [
    "default/billing/report", "default/shop/report", "default/shop/report-2", "test/shop/report",
    "default/cart/17/tick", "default/cart/18/tick", "test/cart/17/tick",
]  # fmt: skip


def listed(server, *arguments: str) -> list[str]:
    lines = done(server, "list", "--all", "-o", "jsonl", *arguments).splitlines()
    return owners([json.loads(line) for line in lines])


def test_an_apps_own_api_and_the_operators_show_the_same_job(several):
    with operator(several) as client:
        mine = several.get("report").json()
        shown = client.get(app("shop", "report")).json()
    assert {"namespace": "default", "app": "shop"} | mine == shown


def test_every_selection_of_a_list(several):
    assert listed(several, "--all-apps") == EVERYTHING
    assert listed(several, "--all-apps", "--limit", "2") == EVERYTHING
    for flags, selected in [
        (["--all-apps", "--namespace", "test"], [3, 6]), (["--app", "shop"], [1, 2]),
        (["--app", "shop", "--prefix", "report-"], [2]), (["--app", "nobody"], []),
        (["--app", "shop", "--namespace", "test"], [3]), (["--actor", "cart"], [4, 5]),
        (["--actor", "cart/18"], [5]), (["--actor", "cart/17", "--namespace", "test"], [6]),
    ]:  # fmt: skip
        assert listed(several, *flags) == [EVERYTHING[index] for index in selected], flags


def test_a_table_of_all_apps_says_whose_each_job_is(several):
    lines = done(several, "list", "--all-apps", "-o", "table").splitlines()
    table = [line.split() for line in lines]
    assert table[0][:4] == ["NAMESPACE", "APP", "OR", "ACTOR"]
    assert ["/".join(line[:3]) for line in table[1:]] == EVERYTHING
    of_one = done(several, "list", "--app", "shop", "-o", "table").splitlines()
    assert of_one[0].split()[0] == "NAME" and of_one[1].split()[0] == "report"
    shown = done(several, "get", "tick", "--actor", "cart/17", "-o", "table").splitlines()
    told = dict(line.split(maxsplit=1) for line in shown)
    assert (told["NAME"], told["NAMESPACE"], told["ACTOR"]) == ("tick", "default", "cart/17")


def test_one_page_says_that_there_are_more(several):
    result = command(several, "list", "--all-apps", "--limit", "6", "-o", "jsonl")
    assert (result.returncode, result.stdout.count(b"\n")) == (0, 6)
    assert result.stderr == b"daybook: there are more jobs; --all shows them\n"


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_every_name_can_be_reached(serve, name):
    server = serve()
    for place, flags in [
        (app("sh op", name), ["--app", "sh op"]),
        (actor("c t", "1:é", name), ["--actor", "c t/1:é"]),
    ]:  # fmt: skip
        with operator(server) as client:
            post(client, place)
        assert json.loads(done(server, "get", *flags, "--", name))["name"] == name
        history = json.loads(done(server, "history", *flags, "--", name))["history"]
        assert [event["kind"] for event in history] == ["created"]
        assert done(server, "delete", *flags, "--", name) == ""
        assert "not found" in refused(REFUSED, server, "get", *flags, "--", name)


def test_deleting_by_prefix_meets_one_owner_only(several):
    assert done(several, "delete", "--app", "shop", "--prefix", "report") == '{"deleted":2}\n'
    assert done(several, "delete", "--actor", "cart/17", "--all") == '{"deleted":1}\n'
    assert listed(several, "--all-apps") == [EVERYTHING[index] for index in (0, 3, 5, 6)]


def test_the_log_says_that_it_was_an_operator_and_who(several):
    with operator(several) as client:
        client.delete(app("billing", "report"))
        history = client.get(app("billing", "report", "history")).json()["history"]
    who = f"uid {os.getuid()}, pid {os.getpid()}"
    for event in history:
        assert (event["callerAPI"], event["callerPeer"], event["callerAppID"]) == (
            "operator", who, "")  # fmt: skip
    assert f"operator by {who}" in done(
        several, "history", "report", "--app", "billing", "-o", "table")  # fmt: skip
    told = several.replay("history", "report", "--app", "billing")
    assert "deleted" in told.stdout, told.stderr


@pytest.mark.sidecars
def test_reminders_of_sidecars_are_shown_with_who_registered_them(server, remind):
    metadata = reminder_of("cart", "17") | {"concurrency_key": "slow"}
    type_url = "type.googleapis.com/google.protobuf.BytesValue"
    data = {"type_url": type_url, "value": b"\n\x01x"}
    remind("tick", metadata, due_time="1h", data=data)
    shown = json.loads(done(server, "get", "tick", "--actor", "cart/17"))
    assert (shown["actorType"], shown["actorID"]) == ("cart", "17")
    assert shown["submittedAppID"] and shown["concurrencyKey"] == "slow"
    assert shown["data"]["base64"] == "CgF4"
    assert "REGISTERED BY" in done(server, "get", "tick", "--actor", "cart/17", "-o", "table")


def test_a_job_posted_here_is_called_like_any_other(serve, app_):
    server = serve(app_)
    value = {"@type": "type.googleapis.com/google.protobuf.Value", "value": {"to": ["ops"]}}
    with operator(server) as client:
        post(client, app("shop", "now"), dueTime="0s", data=value)
    (call,) = app_.wait_for("now")
    assert call.json == {"to": ["ops"]}
    with operator(server) as client:
        wait_until(lambda: not everything(client), "it is at its end")


@pytest.fixture
def app_(apps):
    app = apps()
    app.start()
    return app


# What is refused


@pytest.mark.parametrize(
    "verb, arguments, words",
    [
        ("list", [], "--all-apps, --app or --actor"), ("get", ["x"], "--app or --actor"),
        ("list", ["--app", "a", "--all-apps"], "exclude"),
        ("get", ["x", "--actor", "cart"], "type"),
        ("list", ["--app", "a", "--actor", "b/c"], "exclude"),
        ("list", ["--all-apps", "--prefix", "a"], "--prefix"),
        ("get", ["x", "--app", "a", "--server", "http://127.0.0.1:1"], "--server"),
        ("delete", ["--all", "--actor", "cart"], "type"), ("delete-namespace", [""], "empty"),
        ("delete-namespace", [], "namespace"), ("import", [], "file"),
    ],
)  # fmt: skip
def test_flags_that_mean_nothing_together(tmp_path, verb, arguments, words):
    said = refused(USAGE, tmp_path, verb, *arguments)
    assert words in said


def test_what_no_app_can_be_called_is_the_servers_refusal(serve):
    server = serve()
    for flags, field in [(["--app", "a/b"], "app id"), (["--actor", "a/"], "actor id"),
                         (["--app", "x", "--namespace", "a#b"], "namespace")]:  # fmt: skip
        said = refused(REFUSED, server, "list", *flags)
        assert field in said and said.count("\n") == 1 and is_safe(said)


VERBS = [
    ("list", "--all-apps"), ("list", "--app", "shop"), ("get", "x", "--app", "shop"),
    ("history", "x", "--app", "shop"), ("delete", "x", "--app", "shop"), ("export",),
    ("delete-namespace", "default"), ("import", os.devnull),
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_without_a_server_it_is_said_what_to_do(serve, tmp_path, verb):
    server = serve()
    server.kill()
    (tmp_path / "one.jsonl").write_text('{"namespace":"default","app":"shop","name":"x"}\n')
    if verb[0] == "import":
        verb = ("import", str(tmp_path / "one.jsonl"))
    for reason in ("Connection refused", "No such file or directory"):
        said = refused(CANNOT_REACH, server, *verb)
        assert said.count("\n") == 1 and reason in said, said
        for words in ("cannot reach a server", "operator.sock", "daybook serve --data-dir",
                      "daybook-replay state", "daybook-replay history"):  # fmt: skip
            assert words in said, said
        (server.directory / "operator.sock").unlink(missing_ok=True)
    nowhere = tmp_path / "no \x1b[31m directory"
    said = refused(CANNOT_REACH, nowhere, *verb)
    assert "cannot open the data directory" in said and is_safe(said)
    server.start()


def test_the_data_directory_can_be_said_by_the_environment(several):
    result = command(several, "list", "--all-apps", "-o", "jsonl")
    by_environment = run(
        "", "list", "--all-apps", "-o", "jsonl", DAYBOOK_DATA_DIR=str(several.directory)
    )
    assert by_environment.stdout == result.stdout and result.stdout.count(b"\n") == 7
