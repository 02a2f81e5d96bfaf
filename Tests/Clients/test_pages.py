"""The pages of configuration and operation name all there is to set and to measure."""

import re
import subprocess

from fences import code, table
from metrics import Admin
from Harness.programs import BINARY, ROOT
from Harness.waiting import wait_until

PAGES = ROOT / "Sources/daybook/daybook.docc"


def test_every_setting_is_in_the_configuration_page():
    command = [BINARY, "serve", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    offered = set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", text, re.MULTILINE))
    offered -= {"--help", "--version"}
    page = (PAGES / "Configuration.md").read_text()
    shown = {code(row[0])[0].split()[0]: row[1].strip("`") for row in table(page, "| flag")}
    assert shown.keys() == offered


def test_every_metric_is_in_the_operating_page(serve, app, ports):
    port = ports.free()
    serve(app, flags=("--retain", "90d"), metrics_port=port)
    admin = Admin(port)
    # The disk is looked at once a second.
    wait_until(lambda: admin.page().get("daybook_disk_free_bytes"), "the disk has been looked at")
    text = admin.client.get("/metrics").text
    told = set(re.findall(r"^# TYPE (da\w+) ", text, re.MULTILINE))
    page = (PAGES / "Operating.md").read_text()
    shown = {name for row in table(page, "| metric") for name in code(row[0])}
    assert told == shown
