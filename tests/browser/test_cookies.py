"""``Browser`` stores and sends cookies as the engines do: by site, frame, redirect and profile."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl

import pytest

from tests.browser.asking import serving_hosts
from tests.browser.engines import ENGINES, Engine, launched
from wsgicors.testing import Browser
from wsgicors.testing.cookies import (
    CONTROL_CHARACTER,
    CROSS_SITE,
    NONE_WITHOUT_SECURE,
    NOT_SECURE_URL,
    OTHER_DOMAIN,
    PREFIX_HOST,
    PREFIX_SECURE,
    PUBLIC_SUFFIX,
    THIRD_PARTY,
    TOO_LONG,
    SetCookie,
)

SITE, SIBLING, OTHER_SITE = "http://a.site.test", "http://b.site.test", "http://other.test"
LOCAL_SITE, OTHER_LOCAL_SITE = "http://a.localhost", "http://b.localhost"
LOOPBACK = "http://127.0.0.1"
SITES = (SITE, SIBLING, OTHER_SITE, LOCAL_SITE, OTHER_LOCAL_SITE, LOOPBACK)
LENGTHS = "http://lengths.localhost"

COOKIES = {
    "/set": {
        "default": "",
        "lax": "SameSite=Lax",
        "none": "SameSite=None; Secure",
        "none-http": "SameSite=None",
        "secure": "Secure",
        "strict": "SameSite=Strict",
    },
    "/set-one": {"one": ""},
    "/set-secure": {"one": "Secure"},
    "/set-prefixed": {
        "__Host-default": "",
        "__Host-domain": "Secure; Domain=a.localhost",
        "__Host-secure": "Secure",
        "__SECURE-default": "",
        "__Secure-secure": "Secure",
    },
    "/set-under-path": {"__Host-path": "Secure; Path=/elsewhere", "__Secure-path": "Secure"},
    "/set-domain": {
        "above": "Domain=site.test",
        "below": "Domain=x.a.site.test",
        "dotted": "Domain=.A.Site.Test",
        "empty": "Domain=",
        "last": "Domain=b.site.test; Domain=site.test",
        "other": "Domain=b.site.test",
        "own": "Domain=a.site.test",
        "suffix": "Domain=test",
        "suffix-of-others": "Domain=github.io",
    },
    "/set-long": {"n" * 4087: "", "N" * 4088: "", "attribute": f"Domain={'x' * 1025}"},
    "/set-control": {"control": "X=\x01"},
}
"""The cookies that each path sets, for all paths unless another ``Path`` comes last."""

PAGE = b"""<!doctype html><script>
onmessage = async ({data, ports: [port]}) => port.postMessage(
  await fetch(data, {credentials: "include"}).then((r) => r.text()).catch(() => "blocked"));
</script>"""
"""Makes the requests that it gets as messages."""

FETCH_IN_FRAME = """async (src, url) => {
  const frame = document.createElement("iframe");
  await new Promise((onload) => {
    Object.assign(frame, {src, onload});
    document.body.append(frame);
  });
  const {port1, port2} = new MessageChannel();
  const answer = new Promise((done) => { port1.onmessage = ({data}) => done(data); });
  frame.contentWindow.postMessage(url, "*", [port2]);
  return await answer;
}"""

FETCH = """(url) => fetch(url, {credentials: "include"}).then((r) => r.text())
  .catch(() => "blocked")"""

Asked = list[tuple[str, str | None, str]]
"""Requests: the page's origin, that of the top-level page if there is one, and the URL."""


def app(environ, start_response):
    """Set cookies, redirect ``to`` a URL, and list the names of the cookies that came."""
    asked = dict(parse_qsl(environ["QUERY_STRING"]))
    path = environ["PATH_INFO"]
    lines = [
        ("Access-Control-Allow-Origin", environ.get("HTTP_ORIGIN", "null")),
        ("Access-Control-Allow-Credentials", "true"),
        ("Content-Type", "text/html"),
    ]
    for name, attributes in COOKIES.get(path, {}).items():
        lines.append(("Set-Cookie", f"{name}={path}; Path=/; {attributes}"))
    if "to" in asked:
        lines.append(("Location", asked["to"]))
    start_response("302 Found" if "to" in asked else "200 OK", lines)
    if path == "/page":
        return [PAGE]
    pairs = sorted(filter(None, environ.get("HTTP_COOKIE", "").split("; ")))
    if path == "/values":
        return [" ".join(pairs).encode()]
    return [" ".join(shortened(pair.partition("=")[0]) for pair in pairs).encode()]


def shortened(name):
    return name if len(name) < 100 else f"{name[0]}*{len(name)}"


def lengths(environ, start_response):
    """Say which Content-Length came; servers may pass on an empty one for none."""
    start_response("200 OK", [("Content-Type", "text/html")])
    return [repr(environ.get("CONTENT_LENGTH") or None).encode()]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving_hosts() as (apps, port):
        apps |= {f"{site}:{port}": app for site in SITES}
        apps[f"{LENGTHS}:{port}"] = lengths
        yield port


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, port: int) -> Iterator[Engine]:
    with launched(request.param, proxy=f"127.0.0.1:{port}") as engine:
        yield engine


def with_port(url: str, port: int) -> str:
    return re.sub("//[^/]+", rf"\g<0>:{port}", url)


def seen_by(engine: Engine, asked: Asked) -> list[str]:
    """Return what pages in frames get, one after the other."""
    texts = []
    with engine.window() as window:
        for origin, top_level, url in asked:
            window.open(f"{top_level or origin}/page")
            if top_level:
                texts.append(window.call(FETCH_IN_FRAME, f"{origin}/page", url))
            else:
                texts.append(window.call(FETCH, url))
    return texts


def expected_by(profile: str, port: int, asked: Asked) -> tuple[list[str], list[SetCookie]]:
    """Return what the simulated pages get, and the cookies of the responses."""
    browser = Browser({f"{site}:{port}": app for site in SITES}, profile=profile)
    pages = [browser.page(origin, top_level=top_level) for origin, top_level, _ in asked]
    texts = [
        page.fetch(url, credentials="include").text
        for page, (_, _, url) in zip(pages, asked, strict=True)
    ]
    return texts, [cookie for page in pages for one in page.log for cookie in one.cookies]


class Case(NamedTuple):
    """Requests of pages in one browser, and the cookies that each of them brings."""

    asked: Asked
    chromium: list[str]
    firefox: list[str]
    webkit: list[str]


def own(site: str, path: str = "") -> tuple[str, str | None, str]:
    """Return a request of a page to its own server."""
    return site, None, f"{site}/{path}"


def over(site: str, url: str) -> str:
    """Return a URL at a site that redirects to another URL."""
    return f"{site}/?to={url}"


STORED = ["", "default lax strict"]
STORED_BY_WEBKIT = ["", "default lax none-http strict"]
EVERYTHING = "default lax none secure strict"
FROM_ELSEWHERE = "default none secure"
"""Cookies for pages of other sites in Firefox, if Secure cookies are possible."""

CASES = {
    # One site
    "own": Case([own(SITE, "set"), own(SITE)], STORED, STORED, STORED_BY_WEBKIT),
    "sibling": Case([(SIBLING, None, f"{SITE}/set"), own(SITE)], STORED, STORED, STORED_BY_WEBKIT),
    "sent-from-a-sibling": Case(
        [own(SITE, "set"), (SIBLING, None, f"{SITE}/")], STORED, STORED, STORED_BY_WEBKIT
    ),
    "set-in-a-frame-of-a-sibling": Case(
        [(SITE, SIBLING, f"{SITE}/set"), own(SITE)], STORED, STORED, STORED_BY_WEBKIT
    ),
    # Secure, and SameSite=None without it
    "localhost": Case(
        [own(LOCAL_SITE, "set"), own(LOCAL_SITE)],
        ["", EVERYTHING],
        ["", EVERYTHING],
        STORED_BY_WEBKIT,
    ),
    "loopback": Case(
        [own(LOOPBACK, "set"), own(LOOPBACK)],
        ["", EVERYTHING],
        ["", EVERYTHING],
        STORED_BY_WEBKIT,
    ),
    "secure-replaces": Case(
        [own(LOCAL_SITE, "set-one"), own(LOCAL_SITE, "set-secure"), own(LOCAL_SITE, "values")],
        ["", "one", "one=/set-secure"],
        ["", "one", "one=/set-secure"],
        ["", "one", "one=/set-one"],
    ),
    # Prefixes of names
    "prefixes": Case(
        [own(LOCAL_SITE, "set-prefixed"), own(LOCAL_SITE)],
        ["", "__Host-secure __Secure-secure"],
        ["", "__Host-secure __Secure-secure"],
        ["", "__Host-default __SECURE-default"],
    ),
    "prefixes-and-paths": Case(
        [own(LOCAL_SITE, "set-under-path"), own(LOCAL_SITE, "elsewhere")],
        ["", "__Secure-path"],
        ["", "__Secure-path"],
        ["", ""],
    ),
    # Attributes that other cookies than these do not have
    "domains": Case(
        [own(SITE, "set-domain"), own(SITE), own(SIBLING)],
        ["", "above dotted empty last own", "above last"],
        ["", "above dotted empty last own", "above last"],
        ["", "above dotted empty last own", "above last"],
    ),
    "long": Case(
        [own(SITE, "set-long"), own(SITE)],
        ["", "attribute n*4087"],
        ["", "attribute n*4087"],
        ["", "N*4088 n*4087"],
    ),
    "control-characters": Case(
        [own(SITE, "set-control"), own(SITE)], ["", ""], ["", ""], ["", "control"]
    ),
    # Other sites
    "set-from-another-site": Case(
        [(OTHER_SITE, None, f"{SITE}/set"), (OTHER_SITE, None, f"{SITE}/"), own(SITE)],
        ["", "", ""],
        ["", "default", ""],
        ["", "", ""],
    ),
    "sent-from-another-site": Case(
        [own(SITE, "set"), (OTHER_SITE, None, f"{SITE}/")], ["", ""], ["", ""], ["", ""]
    ),
    "secure-from-another-site": Case(
        [
            (OTHER_LOCAL_SITE, None, f"{LOCAL_SITE}/set"),
            (OTHER_LOCAL_SITE, None, f"{LOCAL_SITE}/"),
            own(LOCAL_SITE),
            (LOOPBACK, None, f"{LOCAL_SITE}/"),
        ],
        ["", "none", "none", "none"],
        ["", FROM_ELSEWHERE, "", ""],
        ["", "", "", ""],
    ),
    "from-two-other-sites": Case(
        [
            own(LOCAL_SITE, "set"),
            (OTHER_LOCAL_SITE, None, f"{LOCAL_SITE}/set-one"),
            (OTHER_LOCAL_SITE, None, f"{LOCAL_SITE}/"),
            (LOOPBACK, None, f"{LOCAL_SITE}/"),
            own(LOCAL_SITE),
        ],
        ["", "none", "none", "none", EVERYTHING],
        ["", "", "one", "", EVERYTHING],
        ["", "", "", "", "default lax none-http strict"],
    ),
    # Frames
    "set-in-a-frame-of-another-site": Case(
        [
            (SITE, OTHER_SITE, f"{SITE}/set"),
            (SITE, OTHER_SITE, f"{SITE}/"),
            (OTHER_SITE, None, f"{SITE}/"),
            own(SITE),
        ],
        ["", "", "", ""],
        ["", "default", "default", ""],
        ["", "", "", ""],
    ),
    "sent-in-a-frame-of-another-site": Case(
        [own(LOCAL_SITE, "set"), (LOCAL_SITE, OTHER_LOCAL_SITE, f"{LOCAL_SITE}/")],
        ["", "none"],
        ["", ""],
        ["", ""],
    ),
    "set-from-a-frame-of-another-site": Case(
        [(OTHER_SITE, SITE, f"{SITE}/set"), (OTHER_SITE, SITE, f"{SITE}/"), own(SITE)],
        ["", "", ""],
        ["", "default", ""],
        [*STORED_BY_WEBKIT, STORED_BY_WEBKIT[-1]],
    ),
    "set-in-a-frame-for-itself": Case(
        [
            (OTHER_LOCAL_SITE, LOCAL_SITE, f"{OTHER_LOCAL_SITE}/set"),
            (OTHER_LOCAL_SITE, LOCAL_SITE, f"{OTHER_LOCAL_SITE}/"),
            (LOCAL_SITE, None, f"{OTHER_LOCAL_SITE}/"),
            own(OTHER_LOCAL_SITE),
        ],
        ["", "none", "none", "none"],
        ["", FROM_ELSEWHERE, FROM_ELSEWHERE, ""],
        ["", "", "", ""],
    ),
    # Redirects
    "set-after-another-site": Case(
        [(SITE, None, over(OTHER_SITE, f"{SITE}/set")), own(SITE)], STORED, STORED, ["", ""]
    ),
    "sent-after-another-site": Case(
        [own(SITE, "set"), (SITE, None, over(OTHER_SITE, f"{SITE}/"))],
        STORED,
        ["", "default"],
        ["", ""],
    ),
    "set-by-another-site-after-a-redirect": Case(
        [
            (SITE, None, over(SITE, f"{OTHER_SITE}/set")),
            (SITE, None, over(SITE, f"{OTHER_SITE}/")),
            own(OTHER_SITE),
        ],
        ["", "", ""],
        ["", "default", ""],
        ["", "", ""],
    ),
    "of-another-site-after-another-site": Case(
        [
            (SITE, None, over(OTHER_SITE, f"{SITE}/set")),
            (OTHER_SITE, None, over(OTHER_SITE, f"{SITE}/")),
        ],
        ["", ""],
        ["", ""],
        ["", ""],
    ),
    "in-a-frame-after-another-site": Case(
        [
            (SITE, OTHER_SITE, over(OTHER_SITE, f"{SITE}/set")),
            (SITE, OTHER_SITE, over(OTHER_SITE, f"{SITE}/")),
            own(SITE),
        ],
        ["", "", ""],
        ["", "default", ""],
        ["", "", ""],
    ),
}


NOT_SECURE = {"none": [NOT_SECURE_URL], "secure": [NOT_SECURE_URL]}
NONE_HTTP = {"none-http": [NONE_WITHOUT_SECURE]}
OVER_HTTP = NOT_SECURE | NONE_HTTP
LAX = {"default": [CROSS_SITE], "lax": [CROSS_SITE], "strict": [CROSS_SITE]}
LAX_IN_FIREFOX = {"lax": [CROSS_SITE], "strict": [CROSS_SITE]}
FROM_ANOTHER_SITE = (
    OVER_HTTP | LAX | {"secure": [NOT_SECURE_URL, CROSS_SITE]},
    OVER_HTTP | LAX_IN_FIREFOX,
    {
        "default": [THIRD_PARTY],
        "lax": [THIRD_PARTY],
        "none": [NOT_SECURE_URL, THIRD_PARTY],
        "none-http": [THIRD_PARTY],
        "secure": [NOT_SECURE_URL, THIRD_PARTY],
        "strict": [THIRD_PARTY],
    },
)
FROM_ANOTHER_SITE_LOCALLY = (
    NONE_HTTP | LAX | {"secure": [CROSS_SITE]},
    NONE_HTTP | LAX_IN_FIREFOX,
    FROM_ANOTHER_SITE[2],
)
PREFIXES = {
    "__Host-default": [PREFIX_HOST],
    "__Host-domain": [PREFIX_HOST],
    "__SECURE-default": [PREFIX_SECURE],
}
DOMAINS = {
    "below": [OTHER_DOMAIN],
    "other": [OTHER_DOMAIN],
    "suffix": [PUBLIC_SUFFIX],
    "suffix-of-others": [PUBLIC_SUFFIX],
}
ON_THIS_MACHINE = (NONE_HTTP, NONE_HTTP, NOT_SECURE)

REASONS = {
    "localhost": ON_THIS_MACHINE,
    "loopback": ON_THIS_MACHINE,
    "sent-in-a-frame-of-another-site": ON_THIS_MACHINE,
    "secure-replaces": ({}, {}, {"one": [NOT_SECURE_URL]}),
    "prefixes": (
        PREFIXES,
        PREFIXES,
        {
            "__Host-domain": [NOT_SECURE_URL],
            "__Host-secure": [NOT_SECURE_URL],
            "__Secure-secure": [NOT_SECURE_URL],
        },
    ),
    "prefixes-and-paths": (
        {"__Host-path": [PREFIX_HOST]},
        {"__Host-path": [PREFIX_HOST]},
        {"__Host-path": [NOT_SECURE_URL], "__Secure-path": [NOT_SECURE_URL]},
    ),
    "domains": (DOMAINS, DOMAINS, DOMAINS),
    "long": ({"N*4088": [TOO_LONG]}, {"N*4088": [TOO_LONG]}, {"attribute": [PUBLIC_SUFFIX]}),
    "control-characters": (
        {"control": [CONTROL_CHARACTER]},
        {"control": [CONTROL_CHARACTER]},
        {},
    ),
    "set-from-another-site": FROM_ANOTHER_SITE,
    "set-in-a-frame-of-another-site": FROM_ANOTHER_SITE,
    "set-from-a-frame-of-another-site": (*FROM_ANOTHER_SITE[:2], NOT_SECURE),
    "set-by-another-site-after-a-redirect": FROM_ANOTHER_SITE,
    "in-a-frame-after-another-site": FROM_ANOTHER_SITE,
    "secure-from-another-site": FROM_ANOTHER_SITE_LOCALLY,
    "set-in-a-frame-for-itself": FROM_ANOTHER_SITE_LOCALLY,
    "from-two-other-sites": (
        NONE_HTTP | {"one": [CROSS_SITE]},
        NONE_HTTP,
        NOT_SECURE | {"one": [THIRD_PARTY]},
    ),
    "set-after-another-site": (OVER_HTTP, OVER_HTTP, FROM_ANOTHER_SITE[2]),
    "of-another-site-after-another-site": (OVER_HTTP, OVER_HTTP, FROM_ANOTHER_SITE[2]),
}
"""Why Chromium, Firefox and WebKit drop cookies, by their names; all others like :data:`OVER_HTTP`,
WebKit like :data:`NOT_SECURE`."""


def reasons_of(name: str) -> dict[str, dict[str, list[str]]]:
    """Return why engines drop cookies."""
    reasons = REASONS.get(name, (OVER_HTTP, OVER_HTTP, NOT_SECURE))
    return dict(zip(ENGINES, reasons, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_an_engine_stores_and_sends_a_cookie_as_its_profile_does(
    engine: Engine, port: int, name: str
) -> None:
    asked = [
        (with_port(origin, port), top_level and with_port(top_level, port), with_port(url, port))
        for origin, top_level, url in CASES[name].asked
    ]
    seen = seen_by(engine, asked)
    expected, cookies = expected_by(engine.name, port, asked)
    assert seen == expected == getattr(CASES[name], engine.name)
    dropped = {shortened(one.name): [*one.dropped] for one in cookies if one.dropped}
    assert dropped == reasons_of(name)[engine.name]
    kept = {shortened(one.name) for one in cookies if not one.dropped}
    assert kept.issuperset(" ".join(seen).split()) or name == "secure-replaces"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_post_and_put_without_a_body_have_a_length(engine: Engine, port: int, method: str) -> None:
    at = f"{LENGTHS}:{port}/"
    with engine.window() as window:
        window.open(at)
        seen = window.call(
            "(url, method) => fetch(url, {method}).then((r) => r.text())", at, method
        )
    page = Browser(lengths, at=LENGTHS, profile=engine.name).page(LENGTHS)
    expected = page.fetch("/", method=method).text
    assert seen == expected == ("'0'" if method in {"POST", "PUT"} else "None")
