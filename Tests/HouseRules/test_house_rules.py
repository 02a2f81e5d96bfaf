"""The rules of a source file: each has what it lets pass and what it finds."""

import pytest

import house_rules
from house_rules import File

GLOSSARY = """# Glossary

| term | meaning | in the code |
|---|---|---|
| tick | one occurrence of a schedule | `Tick` |

## Words that were replaced

| word | instead |
|---|---|
| `gadget` | command |
"""


@pytest.fixture
def findings(tmp_path, capsys):
    """Checks a tree of the files given, beside a glossary and what it names; what was found."""

    def check(files: dict[str, str]) -> list[str]:
        base = {
            "Sources/daybook/Glossary.md": GLOSSARY,
            "Sources/Jobs/Tick.swift": "package struct Tick {}\n",
            "tools/run": "#!/bin/bash\n",
        }
        for name, text in {**base, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        code = house_rules.main(tmp_path)
        *found, summary = capsys.readouterr().out.splitlines()
        assert summary.endswith(f" {len(found)} findings")
        assert code == (1 if found else 0)
        return found

    return check


def swift_function(lines: int, head: str = "func long(") -> str:
    """A function of so many lines, whose head and body have braces of their own."""
    body = "".join("    step { $0 }\n" for _ in range(lines - 3))
    return f"struct S {{\n{head}\n    of: () -> Void = {{ }}) {{\n{body}}}\n}}\n"


def python_function(lines: int) -> str:
    return "def long():\n" + "    step()\n" * (lines - 1)


NAME = "Sources/Jobs/A.swift"
PASSES = {
    "300 lines": (NAME, "let a = 1\n" * 300),
    "100 columns": (NAME, "let a = " + "1" * 92 + "\n"),
    "120 columns of a comment": (NAME, "// " + "x" * 117 + "\n"),
    "package": (NAME, "package struct A {}\n"),
    "a literal says public": (NAME, 'let a = "public let"\n'),
    "a comment says try!": (NAME, "// Never try! here.\n"),
    "an unsafe step that is excused": (NAME, "// Safe because it is 1.\nlet a = try! one()\n"),
    "unequal": (NAME, "let a = b != c\n"),
    "a test": ("Tests/JobsTests/A.swift", "@Test func tests() {}\n"),
    "60 lines of Swift": (NAME, swift_function(60)),
    "60 lines of an initializer": (NAME, swift_function(60, "init(")),
    "60 lines of Python": ("tools/a.py", python_function(60)),
    "a type inside another": (NAME, "package struct A { struct Sum {} }\n"),
    "longer words": (NAME, "let gadgetry = gadgets + ingadget\n"),
    "a replaced word in a comment": (NAME, "// A gadget.\n"),
    "a replaced word in a literal": ("tools/a.py", 'a = "gadget"\n'),
    "inputs of the fuzzer": ("tools/fuzz/corpus/http/a", "TO" + "DO\n"),
}  # fmt: skip
FINDS = {
    "301 lines": (NAME, "let a = 1\n" * 301, "A.swift:301: 301 lines"),
    "101 columns": (NAME, "let a = " + "1" * 93 + "\n", "A.swift:1: 101 columns"),
    "121 columns of a comment": (NAME, "// " + "x" * 118 + "\n", "A.swift:1: 121 columns"),
    "public": (NAME, "public struct A {}\n", "A.swift:1: public"),
    "open": (NAME, "open class A {}\n", "A.swift:1: open"),
    "@testable": ("Tests/JobsTests/A.swift", "@testable import Jobs\n", "A.swift:1: @testable"),
    "try!": (NAME, "let a = 1\nlet b = try! one()\n", "A.swift:2: try!"),
    "as!": (NAME, "let b = a as! Int\n", "A.swift:1: as!"),
    "a forced value": (NAME, "let b = a!\n", "A.swift:1: !"),
    "a forced value in a literal": (NAME, 'let b = "\\(a!)"\n', "A.swift:1: !"),
    "@unchecked": (NAME, "struct A: @unchecked Sendable {}\n", "A.swift:1: @unchecked"),
    "another excuse": (NAME, "// Safe, I think.\nlet a = try! one()\n", "A.swift:2: try!"),
    "unfinished": ("tools/a", "# TO" + "DO: more\n", "tools/a:1: TO" + "DO without"),
    "a test that never runs": (
        "Tests/JobsTests/A.swift", "func testOne() {}\n", "A.swift:1: a test function without"),
    "61 lines of Swift": (NAME, swift_function(61), "A.swift:2: long has 61 lines"),
    "61 lines of an initializer": (
        NAME, swift_function(61, "init("), "A.swift:2: init has 61 lines"),
    "61 lines of a property": (
        NAME, "var a: Int {\n" + "    step()\n" * 59 + "}\n", "A.swift:1: a has 61 lines"),
    "61 lines of Python": ("tools/a.py", python_function(61), "a.py:1: long has 61 lines"),
    "61 lines of a script": (
        "tools/a", "#!/usr/bin/env python3\n" + python_function(61), "a:2: long has 61 lines"),
    "a replaced word": (NAME, "gadget += 1\n", "A.swift:1: gadget: say command"),
    "a replaced word in a name": (
        NAME, "let a =\n f(theGadgetID, gadgets)\n", "A.swift:2: theGadgetID: say command"),
    "a replaced word of Python": ("tools/a.py", "IN_GADGET = 1\n", "a.py:1: IN_GADGET: say"),
}  # fmt: skip


@pytest.mark.parametrize("name, text", PASSES.values(), ids=PASSES.keys())
def test_passes(findings, name, text):
    assert findings({name: text}) == []


@pytest.mark.parametrize("name, text, expected", FINDS.values(), ids=FINDS.keys())
def test_finds(findings, name, text, expected):
    (found,) = findings({name: text})
    assert expected in found


def test_a_type_in_two_targets(findings):
    found = findings({
        "Sources/Audit/Inner/A.swift": "\npackage enum Sum {}\n",
        "Sources/Jobs/B.swift": "struct Sum {}\n",
        "Sources/Jobs/C.swift": "extension Sum {}\n",
    })
    assert [line.split(": ")[0] for line in found] == [
        "Sources/Audit/Inner/A.swift:2", "Sources/Jobs/B.swift:1",
    ]
    assert all("Sum is a type in Audit, Jobs" in line for line in found)


@pytest.mark.parametrize(
    "other", ["private struct Sum {}", "enum A { struct Sum {} }", "extension Sum {}", "// Sum"]
)
def test_a_type_that_only_one_target_sees(findings, other):
    sources = {"Sources/Audit/A.swift": f"{other}\n", "Sources/Jobs/B.swift": "struct Sum {}\n"}
    assert findings(sources) == []


@pytest.mark.parametrize(
    "term, is_there",
    [
        ("`Tick`", True),
        ("`Tick.swift`", True),
        ("`Sources/Jobs`, `Tick`", True),
        ("no name of its own", True),
        ("`Tock`", False),
        ("`Tick.phase`", False),
        ("`Tock.swift`", False),
        ("`Sources/Tocks`", False),
    ],
)
def test_what_the_glossary_names(findings, term, is_there):
    found = findings({"Sources/daybook/Glossary.md": GLOSSARY.replace("`Tick`", term)})
    names = [f"Sources/daybook/Glossary.md:5: {term} is not in Sources"]
    assert found == ([] if is_there else names)


def test_a_glossary_without_replaced_words_or_none_at_all(findings, tmp_path):
    found = findings({"Sources/daybook/Glossary.md": GLOSSARY.split("## ")[0]})
    assert len(found) == 1 and "no section of words that were replaced" in found[0]
    (tmp_path / "Sources/daybook/Glossary.md").unlink()
    assert house_rules.main(tmp_path) == 1


def test_functions_of_swift_with_their_lines(tmp_path):
    text = """protocol P {
    func required(_ of: Int) -> Int
    var asked: Int { get }
}
extension P {
    init?(a: [Int] = [1]) where Self: Q {
        self.init(b: a.map { $0 })
    }
    static func == (left: Self, right: Self) -> Bool { true }
    var made: Int {
        let text = "} \\(a.map { "}" })"
        return 1
    }
}
"""
    functions = house_rules.functions(File(tmp_path / "a.swift", text))
    assert functions == [("init", 6, 8), ("==", 9, 9), ("made", 10, 13)]
