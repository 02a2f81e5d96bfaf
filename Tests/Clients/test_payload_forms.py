"""`data` may be any JSON value: the app gets it as the body, GET returns it as protobuf's Value."""

import pytest

from lists import names

VALUE = "type.googleapis.com/google.protobuf.Value"

# The value, and the exact bytes of the body where there is only one way to write it.
FORMS = {
    "string": ("someData", b'"someData"'),
    "quoted string": ('"xyz"', rb'"\"xyz\""'),
    "empty string": ("", b'""'),
    "unicode": ("naïve ☃ \U0001f600 \u0000 \u2028", None),
    "integer": (123, b"123"),
    "zero": (0, b"0"),
    "negative": (-7, b"-7"),
    "float": (0.1, b"0.1"),
    "tiny": (5e-324, None),
    "huge": (1.7976931348623157e308, None),
    "true": (True, b"true"),
    "false": (False, b"false"),
    "null": (None, b"null"),
    "empty object": ({}, b"{}"),
    "empty array": ([], b"[]"),
    "object": ({"expression": "val"}, b'{"expression":"val"}'),
    "object with @type": (
        {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": "a"},
        b'{"@type":"type.googleapis.com/google.protobuf.StringValue","value":"a"}',
    ),
    "nested": ({"a": [1, {"b": [None, True, {"c": "d"}]}], "e": {"f": {}}}, None),
    "array": ([1, "two", None, [3.5]], None),
}


@pytest.mark.parametrize("version", ["v1.0-alpha1", "v1.0"])
def test_every_form_of_data_reaches_the_app_and_comes_back_on_get(server, app, version):
    for name, (data, _) in FORMS.items():
        server.schedule(f"later {name}", version, dueTime="1h", data=data)
        shown = server.get(f"later {name}", version).json()["data"]
        assert shown == {"@type": VALUE, "value": data}
        assert type(shown["value"]) is type(data), name
        server.schedule(name, version, dueTime="0s", data=data)
    for name, (data, exact) in FORMS.items():
        (call,) = app.wait_for(name)
        assert call.json == data, name
        assert type(call.json) is type(data), name
        assert exact is None or call.body == exact, name
        assert call.headers["content-type"] == "application/json"
        assert call.headers["content-length"] == str(len(call.body))


def test_no_data_is_an_empty_body(server, app):
    server.schedule("bare", dueTime="0s")
    (call,) = app.wait_for("bare")
    assert call.body == b""
    assert call.headers["content-length"] == "0"
    assert call.headers["content-type"] == "application/json"
    assert call.raw_path == b"/job/bare"
    server.schedule("bare later", dueTime="1h")
    assert "data" not in server.get("bare later").json()


def test_integers_beyond_2_to_the_53_are_doubles_as_in_dapr(server, app):
    server.schedule("big", dueTime="0s", data=2**53 + 1)
    (call,) = app.wait_for("big")
    assert call.json == float(2**53)
    server.schedule("bigger", dueTime="0s", data=10**30)
    (call,) = app.wait_for("bigger")
    assert call.json == 1e30


def test_white_space_and_order_of_the_submitted_text_do_not_matter(server, app):
    text = b' { "dueTime" : "0s",\n\t"data" : { "b" : 1 , "a" : [ 1 , 2 ] } } '
    response = server.client.post(server.path("spaced", "v1.0"), content=text)
    assert response.status_code == 204
    (call,) = app.wait_for("spaced")
    assert call.json == {"a": [1, 2], "b": 1}


def test_unknown_fields_are_ignored_and_both_spellings_are_read(server, app):
    server.schedule(
        "spelled",
        schedule="@every 1h",
        due_time="0s",
        failure_policy={"constant": {"interval": "1.5s", "max_retries": 2}},
        unheard_of={"x": 1},
    )
    app.wait_for("spelled")
    job = server.get("spelled").json()
    assert job["dueTime"] == "0s"
    assert job["failurePolicy"] == {"constant": {"interval": "1.500s", "maxRetries": 2}} or job[
        "failurePolicy"
    ] == {"constant": {"interval": "1.5s", "maxRetries": 2}}


def test_get_shows_the_default_failure_policy(server):
    server.schedule("plain", dueTime="1h")
    job = server.get("plain").json()
    assert job["failurePolicy"] == {"constant": {"interval": "1s", "maxRetries": 3}}
    assert {"schedule", "repeats", "ttl", "data"}.isdisjoint(job)


@pytest.mark.parametrize(
    "name",
    ["my||job@name", "with space", "a+b", "UPPER", "ünï-☃", "100%", "a%2Fb", "a;b=c&d", "é" * 256,
     "n" * 300],
)
def test_unusual_names_work_from_end_to_end(server, app, name):
    server.schedule(name, dueTime="1h")
    assert server.get(name).json()["name"] == name
    assert names(server) == names(server, prefix=name[:4]) == [name]
    server.schedule(name, dueTime="0s", data=1)
    (call,) = app.wait_for(name)
    assert call.raw_path.startswith(b"/job/")
    assert all(0x20 < byte < 0x7F for byte in call.raw_path), "the path is percent-encoded"
    server.wait_until_gone(name)
