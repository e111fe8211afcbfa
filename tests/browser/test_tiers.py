"""Everybody reads, and some with cookies: what policies promise to both kinds of origins."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import pytest

from tests.browser.asking import serving_hosts
from tests.browser.engines import ENGINES, Engine, Window, launched
from wsgicors import CORSMiddleware, Policy

LISTED, UNLISTED = "http://app.site.test", "http://blog.site.test"
"""Origins of pages on the site of the API, so that browsers send its cookie from both."""

API = "http://api.site.test"
SENT = {"ETag": '"1"', "X-Total-Count": "3", "X-Secret": "42"}

RUN = """async (asked) => {
  const seen = [];
  for (const [url, init] of asked) {
    try {
      const response = await fetch(url, init);
      seen.push([await response.text(), [...response.headers.keys()]]);
    } catch (error) { seen.push(null); }
  }
  return seen;
}"""
"""Makes requests one after the other; a request that is blocked has no result."""


class Seen(NamedTuple):
    """What a page gets."""

    text: str
    names: list[str]
    """The headers that JavaScript may read."""


class Api:
    """Says which method and which cookie came; the path chooses the policy."""

    def __init__(self, port: int) -> None:
        page = f"{LISTED}:{port}"
        named = Policy(
            "*",
            allow_methods=["PUT"],
            allow_headers=["X-A", "Authorization"],
            expose_headers=["ETag"],
            allow_credentials=[page],
            max_age=0,
            accept_risks=["plain-http-origin"],
        )
        self.policies = {
            "/named": named,
            "/stars": named.derive(allow_methods="*", allow_headers="*"),
            "/star-and-authorization": named.derive(allow_headers=["*", "Authorization"]),
            "/list": named.derive(allow_origins=[page, f"{UNLISTED}:{port}"]),
            "/cached": named,
            "/cached-without-vary": named,
        }
        self.came: dict[str, list[str]] = {}
        """The methods of the requests that arrived, without preflights, by their ``n``."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path not in self.policies:
            lines = [("Set-Cookie", "user=1; Path=/"), ("Content-Type", "text/html")]
            start_response("200 OK", lines)
            return [b"<!doctype html>"]
        if method != "OPTIONS":
            number = dict(parse_qsl(environ["QUERY_STRING"]))["n"]
            self.came.setdefault(number, []).append(method)
        if path == "/cached-without-vary":
            start_response = without_vary(start_response)
        return CORSMiddleware(view, self.policies[path])(environ, start_response)


def view(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    is_kept = environ["PATH_INFO"].startswith("/cached")
    control = ("Cache-Control", "max-age=600" if is_kept else "no-store")
    start_response("200 OK", [*SENT.items(), control])
    return [f"{environ['REQUEST_METHOD']} {environ.get('HTTP_COOKIE', '')}".strip().encode()]


def without_vary(start_response: Any) -> Any:
    def start(status: str, lines: list[tuple[str, str]], *exc_info: Any) -> Any:
        return start_response(status, [line for line in lines if line[0] != "Vary"], *exc_info)

    return start


def page(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!doctype html>"]


class Served(NamedTuple):
    api: Api
    port: int


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving_hosts() as (apps, port):
        apps[f"{API}:{port}"] = api = Api(port)
        apps |= {f"{origin}:{port}": page for origin in (LISTED, UNLISTED)}
        yield Served(api, port)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, served: Served) -> Iterator[Engine]:
    with launched(request.param, proxy=f"127.0.0.1:{served.port}") as engine:
        yield engine


@pytest.fixture
def window(engine: Engine, served: Served) -> Iterator[Window]:
    """A window that has a cookie of the API."""
    served.api.came.clear()
    with engine.window() as window:
        window.open(f"{API}:{served.port}/")
        yield window


Asked = Mapping[str, tuple[str, Mapping[str, Any]]]
"""Paths and options of requests, each by a name."""


def visit(window: Window, served: Served, origin: str, asked: Asked) -> dict[str, Seen | None]:
    """Make requests from a page, and return what it gets of each."""
    window.open(f"{origin}:{served.port}/")
    urls = [(f"{API}:{served.port}{path}?n={name}", init) for name, (path, init) in asked.items()]
    seen = window.call(RUN, urls)
    return {
        name: None if one is None else Seen(*one) for name, one in zip(asked, seen, strict=True)
    }


ALLOWED: Asked = {
    "simple": ("/named", {}),
    "in-a-list": ("/list", {}),
    "method": ("/named", {"method": "PUT"}),
    "header": ("/named", {"method": "PUT", "headers": {"X-A": "1"}}),
    "listed-authorization": ("/named", {"method": "PUT", "headers": {"Authorization": "1"}}),
    "star-method": ("/stars", {"method": "PURGE"}),
    "star-header": ("/stars", {"headers": {"X-B": "1", "X-C": "1"}}),
    "star-authorization": (
        "/star-and-authorization",
        {"method": "PUT", "headers": {"X-B": "1", "Authorization": "1"}},
    ),
}
REFUSED: Asked = {
    "other-method": ("/named", {"method": "PURGE"}),
    "other-header": ("/named", {"method": "PUT", "headers": {"X-B": "1"}}),
    "authorization": ("/stars", {"headers": {"Authorization": "1"}}),
}
SIMPLE = ("simple", "in-a-list")
"""Requests without a preflight, which arrive even if the page cannot read the response."""


def with_credentials(asked: Asked, mode: str) -> Asked:
    return {
        f"{name}-{mode}": (path, {**init, "credentials": mode})
        for name, (path, init) in asked.items()
    }


@pytest.mark.parametrize(
    ("origin", "mode", "cookie"),
    [
        pytest.param(LISTED, "include", " user=1", id="listed-with-cookies"),
        pytest.param(LISTED, "omit", "", id="listed-without"),
        pytest.param(UNLISTED, "omit", "", id="unlisted-without"),
    ],
)
def test_a_page_reads_what_its_origin_is_promised(window, served, origin, mode, cookie):
    seen = visit(window, served, origin, with_credentials({**ALLOWED, **REFUSED}, mode))
    for name, (_, init) in ALLOWED.items():
        one = seen[f"{name}-{mode}"]
        assert one is not None, name
        assert one.text == f"{init.get('method', 'GET')}{cookie}", name
        assert "etag" in one.names, name
        assert not {"x-total-count", "x-secret"} & {*one.names}, name
    for name in REFUSED:
        assert seen[f"{name}-{mode}"] is None, name
    assert {*served.api.came} == {f"{name}-{mode}" for name in ALLOWED}


def test_no_other_page_reads_with_cookies(window, served):
    seen = visit(window, served, UNLISTED, with_credentials({**ALLOWED, **REFUSED}, "include"))
    assert {*seen.values()} == {None}
    assert {*served.api.came} == {f"{name}-include" for name in SIMPLE}


INCLUDE, OMIT = {"credentials": "include"}, {"credentials": "omit"}


def test_a_cache_keeps_the_answers_for_both_kinds_of_origins_apart(window, served):
    first: Asked = {"a": ("/cached", INCLUDE), "b": ("/cached", OMIT)}
    others: Asked = {"a": ("/cached", OMIT), "b": ("/cached", OMIT), "c": ("/cached", OMIT)}
    last: Asked = {"c": ("/cached", INCLUDE)}
    pages = (LISTED, first), (UNLISTED, others), (LISTED, last)
    texts = [
        {name: one and one.text for name, one in visit(window, served, *page).items()}
        for page in pages
    ]
    assert texts == [
        {"a": "GET user=1", "b": "GET"},
        {"a": "GET", "b": "GET", "c": "GET"},
        {"c": "GET user=1"},
    ]


def test_without_vary_a_cache_blocks_pages(window, served, engine):
    """WebKit keeps the caches of origins apart."""
    asked: Asked = {"d": ("/cached-without-vary", OMIT)}
    assert visit(window, served, LISTED, asked)["d"] is not None
    is_blocked = visit(window, served, UNLISTED, asked)["d"] is None
    assert is_blocked == (engine.name != "webkit")
    assert served.api.came == {"d": ["GET"] * (1 if is_blocked else 2)}
