"""Reading a server's metrics with Prometheus's own client."""

from collections import Counter
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from Harness.waiting import wait_until


@dataclass(frozen=True)
class Page:
    """All samples of one scrape."""

    values: dict[tuple[str, frozenset], float]
    kinds: dict[str, str]

    def get(self, name: str, **labels) -> float | None:
        return self.values.get((name, frozenset(labels.items())))

    def __call__(self, name: str, **labels) -> float:
        value = self.get(name, **labels)
        assert value is not None, f"{name} {labels} is not there"
        return value

    def dapr(self, what: str) -> float:
        return self(f"dapr_scheduler_jobs_{what}_total", type="job")

    def growing(self) -> dict:
        """What must never go down."""
        return {
            key: value for key, value in self.values.items()
            if key[0].endswith(("_total", "_bucket", "_sum", "_count"))
        }  # fmt: skip


class Admin:
    """A server's admin listener."""

    def __init__(self, port: int):
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)

    def page(self) -> Page:
        response = self.client.get("/metrics")
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return parse(response.text)

    def wait_for(self, name: str, value: float, **labels) -> Page:
        """Gauges are up to a second old."""

        def page():
            seen = self.page()
            return seen.get(name, **labels) == value and seen

        return wait_until(page, f"{name} {labels} is {value}")


def parse(text: str) -> Page:
    values, kinds = {}, {}
    for family in text_string_to_metric_families(text):
        assert family.name not in kinds, f"{family.name} stands there twice"
        assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
        kinds[family.name] = family.type
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in values, f"{key} stands there twice"
            values[key] = sample.value
    check_histograms(values, [name for name, kind in kinds.items() if kind == "histogram"])
    return Page(values, kinds)


def check_histograms(values: dict, names: list[str]) -> None:
    """Buckets never count less than the one before; the last counts all."""
    assert Counter(name for name, _ in values)["dapr_scheduler_trigger_latency_bucket"] == 12
    for name in names:
        all_counts = [key for key in values if key[0] == f"{name}_count"]
        # There is none of an app's before an app has answered.
        assert all_counts or name.startswith("daybook_app_"), name
        for key in all_counts:
            buckets = sorted(
                (float(dict(labels)["le"]), value)
                for (sample, labels), value in values.items()
                if sample == f"{name}_bucket" and labels > key[1]
            )
            counts = [count for _, count in buckets]
            assert counts == sorted(counts), f"{name}: {buckets}"
            assert buckets[-1] == (float("inf"), values[key]), key
