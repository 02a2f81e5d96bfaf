"""What a browser sends for a page of somebody else is refused while no token is asked for."""

import pytest

from Harness.raw import Raw


def status(server, *headers: str, host="localhost") -> tuple[int, bytes]:
    lines = ["DELETE /v1.0/jobs/kept HTTP/1.1", f"Host: {host}", *headers, "Content-Length: 0"]
    return Raw(server).send("\r\n".join([*lines, "", ""]).encode())


@pytest.mark.parametrize("headers", [
    ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"], ["Origin: http://evil.example"],
    ["Origin: null"], ["Origin: http://localhost.evil.example"], ["Origin: "],
    ["Sec-Fetch-Site: same-origin", "Origin: https://evil.example"],
])  # fmt: skip
def test_a_page_of_another_origin_is_refused(server, headers):
    server.schedule("kept", dueTime="1h")
    code, body = status(server, *headers)
    assert code == 403 and b"ERR_FORBIDDEN" in body
    assert server.has("kept")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example",
                                  "127.0.0.1.evil.example", "a." * 5_000])  # fmt: skip
def test_a_name_that_a_strangers_dns_may_have_given_is_refused(server, host):
    server.schedule("kept", dueTime="1h")
    code, body = status(server, host=host)
    assert code == 403 and b"allowed-hosts" in body
    assert server.has("kept")


def test_a_listener_for_both_kinds_of_address_knows_its_own_machine(serve):
    server = serve(flags=["--http-address", "::", "--insecure"])
    server.schedule("kept", dueTime="1h")
    assert status(server, host="evil.example")[0] == 403
    assert status(server)[0] == 204


@pytest.mark.parametrize("headers, host", [
    ([], "localhost"), ([], "LOCALHOST:1"), ([], "127.0.0.1"), ([], "[::1]:3500"),
    (["Sec-Fetch-Site: none"], "localhost"), (["Sec-Fetch-Site: same-origin"], "127.9.9.9:5"),
    (["Origin: http://localhost:3500"], "localhost:3500"), ([], "jobs.internal:3500"),
    ([], "daybook:3500"),
])  # fmt: skip
def test_its_own_pages_and_names_are_taken(serve, headers, host):
    server = serve(flags=["--allowed-hosts", "other,Jobs.Internal"])
    server.schedule("kept", dueTime="1h")
    assert status(server, *headers, host=host)[0] == 204
    assert not server.has("kept")


def test_with_a_token_the_token_decides(serve):
    server = serve(environment={"DAYBOOK_API_TOKEN": "secret"})
    headers = ["Origin: http://evil.example", "dapr-api-token: secret"]
    assert status(server, *headers, host="evil.example")[0] == 204
    assert status(server, headers[0])[0] == 401
