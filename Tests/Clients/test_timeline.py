"""`daybook-replay timeline`: what happened to a job, as a picture."""

from xml.etree import ElementTree

from Harness import replay
from Harness.app import Answer
from Harness.replay import BROKEN, FINDINGS, FINE, USAGE

SVG = "{http://www.w3.org/2000/svg}"


def draw(server, name: str, file, *flags):
    place = ("--app", "shop", "--data-dir", server.directory)
    return replay.run("timeline", name, "--svg", file, *place, *flags)


def drawn(file) -> dict[str, int]:
    """How often each mark is drawn, the legend left out."""
    root = ElementTree.parse(file).getroot()
    assert root.tag == f"{SVG}svg"
    root.remove(root.find(f"{SVG}g[@class='legend']"))
    styles = [element.get("class", "").split()[-1:] for element in root.iter()]
    names = [name for style in styles for name in style]
    return {name: names.count(name) for name in names}


def legend_end(file) -> float:
    """The baseline of its last line."""
    legend = ElementTree.parse(file).find(f"{SVG}g[@class='legend']")
    return max(float(text.get("y")) for text in legend.iter(f"{SVG}text"))


def rows_begin(file) -> float:
    rows = ElementTree.parse(file).iterfind(f"{SVG}rect[@class='row']")
    return min(float(row.get("y")) for row in rows)


def test_a_job_through_a_kill_an_absence_and_a_replacement(serve, absent_app, tmp_path):
    app = absent_app
    app.answers("report", Answer(500), Answer())
    app.start()
    server = serve(app)
    server.schedule("report", schedule="@every 300ms", repeats=1)
    server.wait_until_gone("report")
    app.stop()
    server.schedule("report", schedule="@every 1h", dueTime="0s")
    server.kill()
    server.start()
    server.schedule("report", schedule="@every 2h")
    app.start()
    file = tmp_path / "report.svg"
    result = draw(server, "report", file)
    assert result.returncode == FINE, result.stderr
    assert result.stdout == f"{file}: 2 ticks\n"
    marks = drawn(file)
    assert (marks["tick"], marks["span"]) == (2, 3)
    assert (marks["failed"], marks["succeeded"], marks["count"]) == (1, 1, 1)
    assert (marks["downtime"], marks["replaced"], marks["finished"]) == (1, 1, 1)
    assert marks["absence"] >= 1
    assert legend_end(file) < rows_begin(file)
    titles = [title.text for title in ElementTree.parse(file).iter(f"{SVG}title")]
    assert sum(title.startswith("tick 1 of generation") for title in titles) == 2

    text = replay.run("history", "report", "--app", "shop", "--data-dir", server.directory).stdout
    last = text.splitlines()[-1].split()[1].removeprefix("#")
    # The tick that waited was over only then, when the report was replaced.
    assert draw(server, "report", file, "--from", last).stdout == f"{file}: 1 tick\n"
    marks = drawn(file)
    assert (marks["tick"], marks.get("downtime", 0), marks.get("finished", 0)) == (1, 0, 0)


def test_what_cannot_be_drawn_is_said(server, tmp_path):
    server.schedule("known", dueTime="1h")
    file = tmp_path / "picture.svg"
    assert draw(server, "unknown", file).returncode == FINDINGS
    assert draw(server, "known", file, "--from", "yesterday").returncode == USAGE
    assert not file.exists()
    assert draw(server, "known", tmp_path / "none" / "picture.svg").returncode == BROKEN
    assert draw(server, "known", file).returncode == FINE
