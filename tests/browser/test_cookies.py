"""``Browser`` stores and sends cookies as Chromium does: by ``SameSite``, frames and redirects."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, quote

import pytest
from playwright.sync_api import Browser as Chromium

from tests.browser.asking import serving_hosts
from tests.browser.chromium import launched
from wsgicors.testing import Browser

SITE, OTHER_SITE = "http://a.site.test", "http://other.test"
SIBLING = "http://b.site.test"
LOCAL_SITE, LOOPBACK = "http://a.localhost", "http://127.0.0.1"
SITES = (SITE, SIBLING, OTHER_SITE, LOCAL_SITE, LOOPBACK)
LENGTHS = "http://lengths.test"
ARGUMENT = "--host-resolver-rules=MAP *.test 127.0.0.1"

COOKIES = [f"{name}; Path=/" for name in ("d=1", "l=1; SameSite=Lax", "s=1; SameSite=Strict")]
SECURE_COOKIES = [f"{name}; Path=/" for name in ("e=1; Secure", "f=1; SameSite=None; Secure")]
COOKIES += [*SECURE_COOKIES, "n=1; SameSite=None; Path=/"]
ALL, NONE = "d=1; l=1; s=1", "no cookie"
ALL_AND_SECURE = f"{ALL}; e=1; f=1"

FETCH = "(url) => fetch(url, {credentials: 'include'}).then((r) => r.text()).catch(() => 'blocked')"


def app(environ, start_response):
    """Set all cookies at ``/set``, redirect ``to`` a URL, and say which cookies came."""
    asked = dict(parse_qsl(environ["QUERY_STRING"]))
    lines = [
        ("Access-Control-Allow-Origin", environ.get("HTTP_ORIGIN", "null")),
        ("Access-Control-Allow-Credentials", "true"),
        ("Content-Type", "text/html"),
    ]
    if environ["PATH_INFO"] == "/set":
        lines += [("Set-Cookie", cookie) for cookie in COOKIES]
    if "to" in asked:
        lines.append(("Location", asked["to"]))
    start_response("302 Found" if "to" in asked else "200 OK", lines)
    return [environ.get("HTTP_COOKIE", NONE).encode()]


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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with launched(ARGUMENT) as browser:
        yield browser


def seen_by(chromium: Chromium, port: int, asked: list[tuple[str, str | None, str]]) -> list[str]:
    """Return what pages in frames get, one after the other."""
    context = chromium.new_context()
    texts = []
    for origin, top_level, address in asked:
        page = context.new_page()
        page.goto(f"{top_level or origin}:{port}/page")
        frame = page.main_frame
        if top_level:
            page.evaluate(
                "(src) => new Promise((done) => { const frame = document.createElement('iframe');"
                "Object.assign(frame, {src, onload: done}); document.body.append(frame); })",
                f"{origin}:{port}/page",
            )
            [frame] = frame.child_frames
        texts.append(frame.evaluate(FETCH, address))
        page.close()
    context.close()
    return texts


def expected_by(port: int, asked: list[tuple[str, str | None, str]]) -> list[str]:
    """Return what the simulated pages get."""
    browser = Browser({f"{site}:{port}": app for site in SITES}, profile="chromium")
    texts = []
    for origin, top_level, address in asked:
        top_level = f"{top_level}:{port}" if top_level else None
        page = browser.page(f"{origin}:{port}", top_level=top_level)
        texts.append(page.fetch(address, credentials="include").text)
    return texts


@pytest.mark.parametrize(
    ("setter", "top_level", "reader", "right"),
    [
        pytest.param(SITE, None, SITE, ALL, id="own"),
        pytest.param(SIBLING, None, SITE, ALL, id="sibling"),
        pytest.param(OTHER_SITE, None, SITE, NONE, id="set-from-another-site"),
        pytest.param(SITE, None, OTHER_SITE, NONE, id="sent-from-another-site"),
        pytest.param(SITE, SIBLING, SITE, ALL, id="set-in-a-frame-of-a-sibling"),
        pytest.param(SITE, OTHER_SITE, SITE, NONE, id="set-in-a-frame-of-another-site"),
        pytest.param(OTHER_SITE, SITE, SITE, NONE, id="set-from-a-frame-of-another-site"),
    ],
)
def test_a_cookie_is_stored_and_sent_within_a_site(
    chromium, port, setter, top_level, reader, right
):
    at = f"{SITE}:{port}"
    asked = [(setter, top_level, f"{at}/set"), (reader, None, f"{at}/")]
    seen = seen_by(chromium, port, asked)
    assert seen == expected_by(port, asked) == [NONE, right]


@pytest.mark.parametrize(
    ("site", "right"), [(SITE, ALL), (LOCAL_SITE, ALL_AND_SECURE), (LOOPBACK, ALL_AND_SECURE)]
)
def test_a_secure_cookie_needs_encryption_or_the_own_machine_and_same_site_none_needs_secure(
    chromium, port, site, right
):
    at = f"{site}:{port}"
    asked = [(site, None, f"{at}/set"), (site, None, f"{at}/")]
    seen = seen_by(chromium, port, asked)
    assert seen == expected_by(port, asked) == [NONE, right]


@pytest.mark.parametrize("reader", [SITE, OTHER_SITE])
def test_a_redirect_over_another_site_neither_withholds_nor_drops_a_cookie(chromium, port, reader):
    at, over = f"{SITE}:{port}", f"{OTHER_SITE}:{port}/?to="
    asked = [
        (SITE, None, f"{over}{quote(f'{at}/set')}"),
        (reader, None, f"{over}{quote(f'{at}/')}"),
    ]
    seen = seen_by(chromium, port, asked)
    assert seen == expected_by(port, asked) == [NONE, ALL if reader == SITE else NONE]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_post_and_put_without_a_body_have_a_length(chromium, port, method):
    at = f"{LENGTHS}:{port}/"
    page = chromium.new_page()
    page.goto(at)
    seen = page.evaluate(
        "([url, method]) => fetch(url, {method}).then((response) => response.text())", [at, method]
    )
    page.close()
    expected = Browser(lengths, at=LENGTHS).page(LENGTHS).fetch("/", method=method).text
    assert seen == expected == ("'0'" if method in {"POST", "PUT"} else "None")
