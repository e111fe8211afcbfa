"""How many preflights a page sends: in Chromium, as nginx logs them, and in `Browser`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from playwright.sync_api import Browser as Chromium

from lab.scaling.application import ANY
from lab.scaling.serving import Proxy, Site, proxied, wait_until, workers
from tests.browser.chromium import launched
from wsgicors import CORSMiddleware
from wsgicors.testing import Browser

LOG = "requests.log"
FETCH = """
async ({urls, gap, together}) => {
    const put = (url) => fetch(url, {method: "PUT"}).then((response) => response.text());
    if (together)
        return Promise.all(urls.map(put));
    const texts = [];
    for (const url of urls) {
        texts.push(await put(url));
        await new Promise((resolve) => setTimeout(resolve, gap));
    }
    return texts;
}
"""
"""Sends a PUT to each URL: all at once, or one after another with a gap in milliseconds."""


class Sent(NamedTuple):
    """What arrived at nginx."""

    preflights: int
    requests: int


class Visit:
    """Chromium, and the URLs that nginx serves."""

    def __init__(self, chromium: Chromium, proxy: Proxy) -> None:
        self._chromium = chromium
        self._proxy = proxy

    def put(self, paths: Sequence[str], *, gap: int = 0, together: bool = False) -> dict[str, Sent]:
        """Send a PUT to each path from a new private window, and return what arrived.

        :param gap: milliseconds between two requests.
        :returns: by the first part of the paths, which sets ``max_age``.
        """
        before = len(self._logged())
        page = self._chromium.new_page()
        try:
            page.goto(f"http://page.localhost:{self._proxy.port}/page")
            urls = [f"http://127.0.0.1:{self._proxy.port}/kept/{path}" for path in paths]
            texts = page.evaluate(FETCH, {"urls": urls, "gap": gap, "together": together})
        finally:
            page.close()
        if texts != ["ok"] * len(paths):
            raise RuntimeError(f"unexpected responses: {texts}")
        wait_until(
            lambda: sum(method == "PUT" for method, _ in self._logged()[before:]) == len(paths),
            "nginx has not logged all requests",
        )
        seen = Counter(self._logged()[before:])
        kinds = dict.fromkeys(path.partition("/")[0] for path in paths)
        return {kind: Sent(seen["OPTIONS", kind], seen["PUT", kind]) for kind in kinds}

    def _logged(self) -> list[tuple[str, str]]:
        """Return the method of each request, and the first part of its path."""
        lines = (self._proxy.directory / LOG).read_text("utf-8").split("\n")[:-1]
        words = (line.split(" ") for line in lines)
        return [(method, uri.split("/")[2]) for method, uri in words]


@contextmanager
def visiting() -> Iterator[Visit]:
    """Run Chromium, gunicorn, and nginx between them."""
    with (
        workers("kept", 2) as served,
        proxied({"kept": Site(served, f"access_log {LOG} requests;")}) as proxy,
        launched() as chromium,
    ):
        yield Visit(chromium, proxy)


def simulate(profile: str, max_age: int | None, *, urls: int, every: int, hours: int) -> Sent:
    """Count the preflights of a page that sends a PUT to several URLs again and again.

    :param profile: of ``wsgicors.testing.Browser``, whose clock moves by ``every`` seconds.
    """

    def api(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    app = CORSMiddleware(api, ANY.derive(max_age=max_age))
    browser = Browser(app, at="https://api.example", profile=profile)
    kinds: Counter[str] = Counter()
    for _ in range(hours * 3600 // every):
        page = browser.page("https://app.example")
        for number in range(urls):
            page.fetch(f"https://api.example/{number}", method="PUT")
        kinds.update(exchange.kind for exchange in page.log)
        browser.advance(every)
    return Sent(kinds["preflight"], kinds["request"])
