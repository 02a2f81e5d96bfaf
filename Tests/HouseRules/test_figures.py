"""How Swift is read as text, and what is counted of it."""

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

from house_rules import File
from swift_text import code_of, switches

ROOT = Path(__file__).resolve().parents[2]

EVENT = """package enum Event: Sendable {
    case a(Alpha)
    case b
    indirect case c(Beta, previous: Int)
    case d(from: Int)
    case e
    case f
    case g
}
"""


@pytest.fixture(scope="module")
def figures():
    loader = SourceFileLoader("figures", str(ROOT / "tools/figures"))
    module = module_from_spec(spec_from_loader("figures", loader))
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "text, code",
    [
        ("let a = 1 // one", "let a = 1       "),
        ("a /* b /* c */ d */ e", "a                   e"),
        ('let a = "b" + c', 'let a = " " + c'),
        (r'"a \" b" c', '"      " c'),
        (r'"a \(b("c")) d" e', '"   (b(" "))  " e'),
        (r'#"a "\(b) \#(c)"# d', '#"          (c)"# d'),
        ('"""\n  a "b"\n  """ c', '"""\n       \n  """ c'),
        ('"a // b" c', '"      " c'),
    ],
)
def test_code_without_comments_and_literals(text, code):
    assert code_of(text) == code


def test_code_with_literals():
    assert code_of('a("b", /* c */ d) // "e"', keeps_literals=True) == 'a("b",         d)       '


def test_switches_with_their_labels():
    (outer, inner) = switches("""
        switch (event, job.map { $0.id }) {
        case .a(let x), .b where x == .other(1): f(.none)
        case .c:
            if case .d = job { return }
            switch job { case .e: break; default: stop() }
        }
    """)
    assert [(sorted(label.names), label.body.split("\n")[0]) for label in outer] == [
        (["a", "b", "other"], "f(.none)"), (["c"], "if case .d = job { return }"),
    ]
    assert [sorted(label.names) for label in inner] == [["e"], []]


def test_how_far_a_kind_reaches(figures):
    sources = {
        "Sources/Jobs/Events/Event.swift": EVENT,
        "Sources/Jobs/All.swift": "switch e { case .a, .b, .c: 1\ncase .d, .e, .f, .g: 2 }\n",
        "Sources/Audit/Aside.swift": (
            "switch e {\ncase .a: use()\ncase .b, .c, .d, .e, .f, .g: return nil\n}\n"),
        "Sources/Audit/One.swift": "// .a\nif case .b = e { stop() }\n",
        "Sources/Audit/Payload.swift": "func take(_ alpha: Alpha) {}\n",
        "Sources/Audit/Names.swift": 'let names = ["a", "b", "c", "d", "e", "f", "g"]\n',
    }
    files = {name: File(Path(name), text) for name, text in sources.items()}
    assert figures.kinds_of(files) == {
        "a": "Alpha", "b": "", "c": "Beta", "d": "", "e": "", "f": "", "g": "",
    }
    over_all, aside, every, named, median = figures.reach_of_kinds(files, "a").values()
    base = ["Sources/Jobs/All.swift", "Sources/Audit/Aside.swift"]
    assert over_all == base
    assert aside == ["Sources/Audit/Aside.swift"]
    assert every == [
        "Sources/Jobs/Events/Event.swift", *base, "Sources/Audit/Names.swift",
    ]
    assert named == [
        "Sources/Jobs/Events/Event.swift", *base, "Sources/Audit/Payload.swift",
        "Sources/Audit/Names.swift",
    ]
    assert median == 4


def test_the_table_of_two_revisions(figures, tmp_path, monkeypatch, capsys):
    def commit(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run([*git, "add", "."], cwd=tmp_path, check=True)
        subprocess.run([*git, "commit", "-qm", name], cwd=tmp_path, check=True)

    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    commit("Sources/Jobs/Event.swift", EVENT)
    for room in ("Tests", "tools"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "a.py").write_text("a = 1\n")
    (tmp_path / "Tests/Fixtures").mkdir()
    (tmp_path / "Tests/Fixtures/b.py").write_text("b = 1\n" * 100)
    commit("Sources/Jobs/long.pb.swift", "// generated\n" * 100)
    commit("Sources/Audit/Long.swift", "func long() {\n" + "    step()\n" * 59 + "}\n")
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["figures", "--kind", "b", "HEAD~1", "HEAD"])
    assert figures.main() == 0
    head, *rows = (line.rsplit(maxsplit=2) for line in capsys.readouterr().out.splitlines())
    table = {name: (int(before), int(after)) for name, before, after in rows}
    assert head == ["HEAD~1", "HEAD"]
    assert table["lines of Sources"] == (9, 70)
    assert table["lines of Tests and tools"] == (2, 2)
    assert table["files of Swift and Python"] == (3, 4)
    assert table["longest file, lines"] == (9, 61)
    assert table["functions longer than 60 lines"] == (0, 1)
    assert table["files of Sources that name b"] == (1, 1)
