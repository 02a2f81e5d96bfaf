"""Asking for lists, and deleting by prefix."""

from concurrent.futures import ThreadPoolExecutor

STABLE = "v1.0"


def page(server, version=STABLE, **parameters) -> dict:
    response = server.client.get(f"/{version}/jobs", params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


def pages(server, **parameters) -> list[list[dict]]:
    """All pages of a list."""
    found = [page(server, **parameters)]
    while cursor := found[-1].get("nextCursor"):
        found.append(page(server, cursor=cursor, **parameters))
    return [one["jobs"] for one in found]


def names(server, **parameters) -> list[str]:
    return [job["name"] for jobs in pages(server, **parameters) for job in jobs]


def delete_all(server, prefix: str, version=STABLE) -> int:
    response = server.client.delete(f"/{version}/jobs", params={"prefix": prefix})
    assert response.status_code == 200, response.text
    assert set(response.json()) == {"deleted"}
    return response.json()["deleted"]


def schedule_many(server, many: list[str], **fields) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: server.schedule(name, **({"dueTime": "1h"} | fields)), many))


def in_order(many: list[str]) -> list[str]:
    return sorted(many, key=str.encode)
