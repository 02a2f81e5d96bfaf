"""One server for several apps, as a configuration file lists them."""

import copy
import json
from pathlib import Path

import httpx

from Harness.programs import BINARY
from server import Server


class Deployment(Server):
    def __init__(self, directory: Path, above: dict, apps: list[dict]):
        """`above` is what stands above the list of apps."""
        super().__init__(directory, apps[0]["http-port"])
        # Views of it may have other names.
        self.apps = self.listed = apps
        self.configuration = directory.parent / f"{directory.name}.yaml"
        quiet = {"log-format": "json", "metrics-port": 0, "scheduler-port": 0}
        self.write({"data-dir": str(directory)} | quiet | above)
        self.command = [str(BINARY), "serve", "--config", str(self.configuration)]

    def app_of(self, receiver, call=None) -> str | None:
        port = str(getattr(receiver, "port", ""))
        for app in self.listed:
            addresses = [str(app.get("app-port", "")), *app.get("app-addresses", ())]
            if port in [address.rpartition(":")[2] for address in addresses]:
                return app["id"]
        return super().app_of(receiver, call)

    def write(self, above: dict) -> None:
        # JSON is YAML.
        self.above = above
        self.configuration.write_text(json.dumps(above | {"apps": self.apps}, indent=1))

    def of(self, app_id: str) -> Server:
        """The same server as this app sees it."""
        (app,) = [app for app in self.apps if app["id"] == app_id]
        view = copy.copy(self)
        view.app_id, view.port = app_id, app["http-port"]
        view.client = httpx.Client(base_url=f"http://127.0.0.1:{view.port}", timeout=60)
        return view
