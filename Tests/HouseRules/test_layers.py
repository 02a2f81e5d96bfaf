"""What targets may import and reach, and that no files need each other."""

import pytest

import circles
import layers

SPOKEN_OF = (layers.PURE.keys() | layers.BARE | layers.APART.keys()).union(*layers.APART.values())


@pytest.fixture
def tree(tmp_path):
    """Writes a tree with every target of which layers.py speaks; `needs` says what they need."""

    def write(needs: dict[str, str] = {}, files: dict[str, str] = {}, others: str = ""):
        targets = ",\n".join(
            f'layer("{name}", [{needs.get(name, "")}])' for name in sorted(SPOKEN_OF)
        )
        nio = 'let nio = Target.Dependency.product(\n    name: "NIOCore", package: "swift-nio")'
        package = f'{nio}\nlet package = Package(name: "p", targets: [\n{targets},{others}\n])\n'
        for name, text in {"Package.swift": package, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


@pytest.fixture
def findings(tree, capsys):
    def check(*arguments, **named) -> list[str]:
        code = layers.main(tree(*arguments, **named))
        *found, summary = capsys.readouterr().out.splitlines()
        assert summary.endswith(f" {len(found)} findings")
        assert code == (1 if found else 0)
        return found

    return check


@pytest.mark.parametrize(
    "target, code",
    [
        ("Jobs", "package import EventLog"),
        ("EventLog", "import Crypto\nimport Synchronization"),
        ("EventLog", "func append() async"),
        ("Scheduler", "import Glibc\nimport NIOCore"),
        ("Listeners", "import Foundation"),
        ("Simulation", "let a = Int.random(in: 0..<max(1, 2), using: &random)"),
        ("Simulation", "let a = all.shuffled(using: &random)"),
        ("Jobs", "// A clock, ContinuousClock, is not read here."),
        ("Jobs", "let awaited = tasks.printed(asynchronous: 1)"),
        ("Jobs", "case .actor(let type): type"),
    ],
)
def test_what_a_target_may_do(findings, target, code):
    needs = {"Jobs": '"EventLog"', "Scheduler": "nio"}
    others = '\nlayer("Listeners", [])'
    assert findings(needs, {f"Sources/{target}/A.swift": code + "\n"}, others) == []


@pytest.mark.parametrize(
    "target, code, expected",
    [
        ("Jobs", "import Foundation", "Jobs may not import Foundation"),
        ("Audit", "internal import struct Glibc.timeval", "Audit may not import Glibc"),
        ("EventLog", "import Logging", "EventLog may not import Logging"),
        ("Scheduler", "import Foundation", "Scheduler may not import Foundation"),
        ("Scheduler", "import NIOPosix", "Scheduler may not import NIOPosix"),
        ("Jobs", "let now = ContinuousClock.now", "may not use ContinuousClock"),
        ("Jobs", "let now = SuspendingClock().now", "may not use SuspendingClock"),
        ("Jobs", "var r = SystemRandomNumberGenerator()", "may not use SystemRandomNumber"),
        ("Jobs", "let a = Int.random(in: 0..<max(1, 2))", "may not use .random"),
        ("Jobs", "let a = Bool.random()", "may not use .random"),
        ("Jobs", "let a = all.shuffled()", "may not use .shuffled"),
        ("Jobs", "let a = all.randomElement()", "may not use .randomElement"),
        ("Jobs", "func step() async {}", "may not use async"),
        ("Jobs", "Task { step() }", "may not use Task"),
        ("Jobs", 'print("done")', "may not use print"),
        ("Jobs", "actor Machine {}", "may not use actor Machine"),
        ("Jobs", "withCheckedContinuation { $0 }", "may not use withCheckedContinuation"),
    ],
)
def test_what_a_target_may_not_do(findings, target, code, expected):
    (found,) = findings({"Scheduler": "nio"}, {f"Sources/{target}/Inner/A.swift": f"\n{code}\n"})
    assert found.startswith(f"Sources/{target}/Inner/A.swift:2: ")
    assert expected in found


def test_a_pure_target_depends_on_pure_ones(findings):
    assert findings({"Jobs": '"EventLog"', "EventLog": "nio"}) == [
        "Package.swift:1: EventLog is pure and may not depend on NIOCore"
    ]
    assert findings({"SchedulerCore": '"EventLog", "Scheduler"'}) == [
        "Package.swift:1: SchedulerCore is pure and may not depend on Scheduler"
    ]


def test_the_audit_does_not_reach_what_it_judges_by_way_of_another(findings):
    assert findings({"Audit": '"EventText"', "EventText": '"Jobs", "JobState"'}) == [
        "Package.swift:1: Audit reaches JobState"
    ]


def test_a_file_stands_in_a_target(findings):
    files = {"Sources/Lost/A.swift": "\n", "Sources/Found/B.swift": "\n"}
    others = '\n.executableTarget(name: "found", dependencies: [nio], path: "Sources/Found")'
    assert findings(files=files, others=others) == ["Sources/Lost/A.swift:1: stands in no target"]


def test_a_target_of_which_the_rules_speak_is_there(tree, capsys):
    root = tree()
    package = root / "Package.swift"
    package.write_text(package.read_text().replace('"Audit"', '"Judge"'))
    assert layers.main(root) == 1
    assert "no target Audit, of which tools/layers.py speaks" in capsys.readouterr().out


def test_targets_are_read_from_every_form_of_the_manifest(tree):
    others = """
        // layer("Never", []),
        .systemLibrary(name: "CLib", providers: [.apt(["lib-dev"])]),
        layer(
            "Wire", ["Jobs", nio], exclude: ["Proto"]),
        .target(
            name: "Doors",
            dependencies: ["Wire", .target(name: "Jobs"), nio],
            path: "tools/doors"),
        tests(of: "Wire", ["Wire"], resources: [.copy("Fixtures")])"""
    targets = layers.targets_of(tree(others=others))
    assert targets.keys() == SPOKEN_OF | {"CLib", "Wire", "Doors", "WireTests"}
    assert targets["Wire"].dependencies == {"Jobs", "NIOCore"}
    assert targets["CLib"].dependencies == set()
    assert targets["Doors"].dependencies == {"Wire", "Jobs", "NIOCore"}
    assert (targets["Doors"].path, targets["WireTests"].path) == ("tools/doors", "Tests/WireTests")


def test_files_that_need_each_other(tree, capsys):
    root = tree(files={
        "Sources/Jobs/A.swift": "struct Alpha { let b: Beta }\n",
        "Sources/Jobs/Inner/B.swift": "struct Beta { func step() { Alpha.make() } }\n",
        "Sources/Jobs/C.swift": "struct Gamma { let a: Alpha }\n",
    })
    assert circles.main(root) == 1
    assert "Jobs: A.swift, B.swift need each other" in capsys.readouterr().out
    (root / "Sources/Jobs/Inner/B.swift").write_text("struct Beta {}\n")
    assert circles.main(root) == 0
