"""Several apps on one log: each has its own jobs API, its own jobs and its own troubles."""

import json

from Harness.programs import daybook
from Harness.waiting import wait_until
from histories import triggered
from server import assert_stops_at_once


def started(apps, count: int = 2):
    made = [apps() for _ in range(count)]
    for app in made:
        app.start()
    return made


def test_equal_job_names_in_two_apps_never_meet(deploy, apps):
    one, other = started(apps)
    server = deploy([one, other], shop={"app-port": one.port}, billing={"app-port": other.port})
    shop, billing = server.of("shop"), server.of("billing")
    for number in range(20):
        shop.schedule(f"same {number}", schedule="@every 100ms", repeats=3, data="shop")
        billing.schedule(f"same {number}", dueTime="0s", data="billing")
    shop.schedule("kept", dueTime="1h", data="shop")
    billing.schedule("kept", dueTime="2h", data="billing")
    billing.delete("kept")
    assert not billing.has("kept")
    assert shop.get("kept").json()["dueTime"] == "1h"
    names = [f"same {number}" for number in range(20)]
    shop.wait_until_gone(*names)
    billing.wait_until_gone(*names)
    assert {call.json for call in one.calls} == {"shop"} and len(one.calls) == 60
    assert {call.json for call in other.calls} == {"billing"} and len(other.calls) == 20


def test_the_same_app_id_in_two_namespaces_is_two_apps(deploy, apps):
    one, other = started(apps)
    server = deploy(
        [one, other],
        shop={"app-port": one.port, "namespace": "red"},
        billing={"app-port": other.port, "id": "shop", "namespace": "blue"},
    )
    red, blue = server.apps
    server.apps = [red | {"id": "red"}, blue | {"id": "blue"}]
    server.of("red").schedule("same", dueTime="0s", data="red")
    assert not server.of("blue").has("same")
    assert one.wait_for("same")[0].json == "red"
    server.of("red").wait_until_gone("same")
    assert other.calls == []
    server.of("blue").schedule("same", dueTime="0s", data="blue")
    server.of("blue").wait_until_gone("same")
    assert [[call.json for call in app.calls] for app in (one, other)] == [["red"], ["blue"]]


def test_an_app_that_hangs_does_not_delay_another(deploy, apps):
    hung, fine = started(apps)
    hung.hold()
    server = deploy([hung, fine], shop={"app-port": hung.port}, billing={"app-port": fine.port})
    shop, billing = server.of("shop"), server.of("billing")
    # More than its window takes; all of it is due before anything of the other app's.
    for number in range(100):
        shop.schedule(f"stuck {number}", dueTime="0s")
    hung.wait_until(lambda: len(hung.calls) >= 64, "the window of the app is full")
    billing.schedule("regular", schedule="@every 50ms", repeats=20)
    billing.wait_until_gone("regular")
    assert_not_held_up(billing, 20)
    assert len(hung.calls) == 64
    hung.release()
    shop.wait_until_gone(*[f"stuck {number}" for number in range(100)])


def test_an_app_that_is_away_does_not_delay_another(deploy, apps):
    away, fine = apps(), started(apps, 1)[0]
    server = deploy([away, fine], shop={"app-port": away.port}, billing={"app-port": fine.port})
    shop, billing = server.of("shop"), server.of("billing")
    for number in range(100):
        shop.schedule(f"parked {number}", dueTime="0s")
    billing.schedule("regular", schedule="@every 50ms", repeats=20)
    billing.wait_until_gone("regular")
    assert_not_held_up(billing, 20)
    assert away.calls == []
    away.start()
    shop.wait_until_gone(*[f"parked {number}" for number in range(100)])
    assert {call.attempt for call in away.calls} == {1}


def assert_not_held_up(server, count: int) -> None:
    """By anything but the tick before, says the log."""
    events = triggered(server, "regular")
    assert len(events) == count
    assert {event.get("heldBy") for event in events} <= {None, "predecessor"}


def test_all_apps_are_served_again_after_a_kill(deploy, apps):
    one, other = started(apps)
    server = deploy([one, other], shop={"app-port": one.port}, billing={"app-port": other.port})
    for name in ("shop", "billing"):
        server.of(name).schedule("due", dueTime="1s", data=name)
    server.kill()
    server.start()
    for name, app in (("shop", one), ("billing", other)):
        assert app.wait_for("due")[0].json == name
        server.of(name).wait_until_gone("due")


def test_the_start_names_every_app_and_where_it_is_served(deploy, apps):
    one, other = started(apps)
    server = deploy([one, other], shop={"app-port": one.port}, billing={"app-port": other.port})
    lines = [json.loads(line) for line in server.log().splitlines()]
    served = [line for line in lines if line["message"] == "serving an app"]
    assert {line["app-id"] for line in served} == {"shop", "billing"}
    for app in server.apps:
        (line,) = [line for line in served if line["app-id"] == app["id"]]
        assert line["http"] == f"127.0.0.1:{app['http-port']}"
        assert line["grpc"] == "off"
        assert line["app"] == f"127.0.0.1:{app['app-port']}"
    (line,) = [line for line in lines if line["message"] == "serving"]
    assert line["apps"] == "2" and line["data-dir"] == str(server.directory)
    # Who comes and goes is told apart too.
    wait_until(lambda: server.log().count("the app answers") == 2, "both apps are there")
    answered = [json.loads(line) for line in server.log().splitlines() if "app answers" in line]
    assert {line["app-id"] for line in answered} == {"shop", "billing"}


def test_where_one_port_is_taken_no_app_is_served(deploy, apps, tmp_path):
    server = deploy(shop={}, billing={})
    taken = server.apps[1]["http-port"]
    path = tmp_path / "second.yaml"
    other = [{"id": "a", "http-port": "auto"}, {"id": "b", "http-port": taken}]
    path.write_text(json.dumps({"data-dir": str(tmp_path / "second"), "apps": other}))
    quiet = ("--metrics-port", "0", "--scheduler-port", "0")
    result = daybook("serve", "--config", path, *quiet)
    assert result.returncode == 3, result.stderr
    assert f"port {taken}" in result.stderr and "info serving apps=" not in result.stderr


def test_with_many_apps_and_idle_clients_it_stops_in_time(deploy, apps):
    server = deploy(**{f"app{number}": {} for number in range(12)})
    clients = [server.of(app["id"]) for app in server.apps]
    for client in clients:
        # Its client keeps the connection.
        client.schedule("later", dueTime="1h")
    assert_stops_at_once(server, lambda: [client.has("later") for client in clients])
    assert "stopped" in server.log()
