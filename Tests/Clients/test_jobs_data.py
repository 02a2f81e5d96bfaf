"""The data of `daybook jobs put`: JSON from a flag, a file or standard input, and nothing else."""

import json

import pytest

from commanding import IO, REFUSED, USAGE, get, names, put, refused


@pytest.mark.parametrize(
    "text",
    ["null", "true", "-5", "0.5", '""', '"-"', "[]", "{}", ' { "a" : [1, {"b": "\\u00e9\\n"}] } ',
     '"\\ud83d\\ude42"', "[" * 90 + "]" * 90],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_data_from_a_flag_a_file_and_a_pipe_is_the_same(server, tmp_path, text):
    file = tmp_path / "data file.json"
    file.write_text(text + "\n")
    put(server, "flag", "--due-time", "1h", "--data", text)
    put(server, "file", "--due-time", "1h", "--data-file", str(file))
    put(server, "pipe", "--due-time", "1h", "--data-file", "-", stdin=text.encode())
    for name in ("flag", "file", "pipe"):
        assert server.get(name).json()["data"]["value"] == json.loads(text)


@pytest.mark.parametrize(
    "text, byte",
    [("", 1), ("hello", 1), ("01", 2), ("1,2", 2), ("{}}", 3), ('1,"overwrite":true', 2),
     ('{"a":1,}', 8), ("[1 2]", 4), ('"a', 3), ('"\t"', 2), ('"\\x"', 3), ('"\\u12g4"', 6),
     ("1.", 3), ("-", 2), ("1e", 3), ("nul", 4), ("tru3", 4), ("{1:2}", 2), ('{"a" 1}', 6)],
)  # fmt: skip
def test_what_is_not_one_json_value_is_not_sent(server, text, byte):
    said = refused(USAGE, server, "put", "x", "--due-time", "1h", "--data", text)
    assert f"--data is not JSON from byte {byte} on" in said
    assert ("its quotes" in said) == (byte == 1)
    assert not server.has("x")


def test_data_that_is_too_deep_or_not_utf8_is_not_sent(server):
    for data, words in [
        (b'"\xff"', "not UTF-8"), (b"[" * 513 + b"]" * 513, "deeper than 512"),
        (b'{"a":' * 600 + b"1" + b"}" * 600, "deeper than 512"),
    ]:  # fmt: skip
        said = refused(
            USAGE, server, "put", "x", "--due-time", "1h", "--data-file", "-", stdin=data
        )
        assert words in said
    deep = b"[" * 512 + b"]" * 512
    said = refused(REFUSED, server, "put", "x", "--due-time", "1h", "--data-file", "-", stdin=deep)
    assert "deeper than 100" in said


def test_data_is_as_large_as_a_server_takes(serve, app):
    server = serve(app, flags=["--max-body-size", "8Mi"])
    fits, most = 4 << 20, 8 << 20
    body = b'"' + b"x" * (fits - 2) + b'"'
    put(server, "large", "--due-time", "1h", "--data-file", "-", stdin=body)
    assert len(get(server, "large")["data"]["value"]) == fits - 2
    # Here it is not too large, but with what stands around it the server thinks so.
    body = b'"' + b"x" * (most - 2) + b'"'
    arguments = ["put", "larger", "--due-time", "1h", "--data-file", "-"]
    said = refused(REFUSED, server, *arguments, stdin=body)
    assert "larger than 8388608 bytes" in said and "ERR" not in said
    said = refused(USAGE, server, *arguments, stdin=body + b" ")
    assert "standard input holds more than 8388608 bytes" in said


def test_a_file_that_cannot_be_read_is_said(server, tmp_path):
    for path, reason in [("none", "No such file"), (".", "Is a directory")]:
        file = str(tmp_path / path)
        said = refused(IO, server, "put", "x", "--due-time", "1h", "--data-file", file)
        assert f"cannot read {file}: {reason}" in said
    assert names(server) == []
