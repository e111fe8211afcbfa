"""What nginx's cache keeps for pages of many origins: requests that reach the app."""

from collections.abc import Iterable, Mapping
from http.client import HTTPConnection
from typing import NamedTuple

from lab.caches.nginx import caching
from lab.scaling.serving import workers


class Reached(NamedTuple):
    """How many requests of pages have reached the app."""

    requests: int
    reached: int


def count_reached(origins: int, times: int) -> Mapping[str, Reached]:
    """Request three things as the pages of many origins, one after another, several times."""
    asking = [f"https://a{number}.app.example" for number in range(origins)] * times
    gets = [{"Origin": origin} for origin in asking]
    preflights = [{**headers, "Access-Control-Request-Method": "PUT"} for headers in gets]
    with workers("kept", 2) as served, caching(served.port) as proxy:
        return {
            "public": _send(proxy, "GET", "/public/1", gets),
            "listed": _send(proxy, "GET", "/listed/1", gets),
            "preflights": _send(proxy, "OPTIONS", "/listed/1", preflights),
        }


def _send(
    proxy: HTTPConnection, method: str, path: str, requests: Iterable[Mapping[str, str]]
) -> Reached:
    statuses: list[str | None] = []
    for headers in requests:
        proxy.request(method, path, headers=dict(headers))
        response = proxy.getresponse()
        response.read()
        statuses.append(response.getheader("X-Cache-Status"))
    return Reached(len(statuses), sum(status != "HIT" for status in statuses))
