"""Faults in the simulator, one at a time: each has to change the outcome of a scenario.

A fault that no scenario notices would be a rule that no test covers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.cookiejar import CookieJar
from inspect import isfunction
from typing import Any

import pytest

from tests.unit.testing import test_checks as steps
from tests.unit.testing.servers import (
    ANYBODY,
    API,
    APP,
    CREDENTIALS,
    OPAQUE,
    OTHER,
    THE_APP,
    Server,
)
from wsgicors.testing import (
    Browser,
    CORSBlocked,
    NetworkError,
    cache,
    checks,
    cookies,
    fetch,
    requests,
    responses,
    safelist,
)
from wsgicors.testing.requests import Request
from wsgicors.testing.responses import RawResponse
from wsgicors.testing.urls import URL

ORIGIN = "Access-Control-Allow-Origin"
METHODS = "Access-Control-Allow-Methods: PUT, DELETE"
NAMES = "Access-Control-Allow-Headers: X-A, Authorization, DPR"
ANY_METHOD = "Access-Control-Allow-Methods: *"
ANY_NAME = "Access-Control-Allow-Headers: *"
PLAIN = "http://app.example"
COOKIE = "Set-Cookie: a=1; Path=/; SameSite=None; Secure"
STRICT_COOKIE = "Set-Cookie: a=1; Path=/; SameSite=Strict; Secure"
MAX_AGE = "Access-Control-Max-Age"

STEPS = {
    steps.ORIGIN_STEP: "origin",
    steps.MATCH_STEP: "match",
    steps.CREDENTIALS_STEP: "credentials",
    steps.STATUS_STEP: "status",
    steps.METHODS_STEP: "list",
    steps.NAMES_STEP: "list",
    steps.METHOD_STEP: "method",
    steps.AUTHORIZATION_STEP: "authorization",
    steps.HEADERS_STEP: "headers",
}


class Changing(Server):
    """Has header lines for the preflight and for the request of each turn."""

    def __init__(self, *turns: tuple[list[str], list[str]]) -> None:
        super().__init__()
        self.turns = list(turns)

    def __call__(self, environ, start_response):
        preflight, lines = self.turns[0]
        self.preflight = ("204 No Content", preflight, b"")
        self.answer = ("200 OK", tuple(lines), b"")
        if environ["REQUEST_METHOD"] != "OPTIONS":
            self.turns.pop(0)
        return super().__call__(environ, start_response)


@dataclass(frozen=True)
class Scenario:
    """Calls that pages make one after the other, and the right outcome."""

    right: str
    servers: Callable[[], Any]
    calls: tuple[dict[str, Any], ...]
    profile: str = "fetch"

    def play(self) -> str:
        """Return what was sent and what JavaScript got."""
        servers = self.servers()
        servers = servers if isinstance(servers, dict) else {API: servers}
        browser = Browser(servers, profile=self.profile)
        pages = {origin: browser.page(origin) for origin in (APP, OTHER, PLAIN)}
        return "; ".join(
            _make(browser, pages[call.get("origin", APP)], **call) for call in self.calls
        )


def _make(browser, page, *, url=f"{API}/", origin=APP, wait=0, upload=False, **options):
    """Make one call of the page at ``origin``, and return its outcome."""
    browser.advance(wait)
    earlier = len(page.log)
    try:
        if upload:
            response = page.xhr(url, upload_listener=True, **options)
        else:
            response = page.fetch(url, **options)
        names = [name for name in response.headers if "access-control" not in name]
        got = " ".join([response.type, str(response.status), *sorted(names)])
    except CORSBlocked as error:
        got = f"blocked {STEPS.get(error.step, 'elsewhere')}"
    except NetworkError:
        got = "network error"
    except TypeError:
        got = "type error"
    return " > ".join([*map(_sent, page.log[earlier:]), got])


def _sent(exchange):
    """Return what matters of one request."""
    words = [exchange.method]
    if exchange.kind == "preflight":
        words.append(exchange.request_header("Access-Control-Request-Method"))
        words.append(exchange.request_header("Access-Control-Request-Headers"))
    for name in ("Authorization", "Cookie", "Content-Type", "DPR"):
        if exchange.request_header(name) is not None:
            words.append(name.lower())
    if exchange.request_header("Origin") == "null":
        words.append("null")
    return " ".join(word for word in words if word)


def actual(right, *lines, profile="fetch", status="200 OK", preflight=None, **options):
    """Make a scenario of one request and one server."""
    return Scenario(
        right, lambda: Server(*lines, status=status, preflight=preflight), (options,), profile
    )


def preflighted(right, *lines, status="204 No Content", profile="fetch", **options):
    """Make a scenario of a preflight; the server allows the request itself."""
    return Scenario(
        right,
        lambda: Server(THE_APP, CREDENTIALS, preflight=lines, preflight_status=status),
        (options,),
        profile,
    )


def redirect(right, location, *lines, status=302, at=API, profile="fetch", **options):
    """Make a scenario of a redirect between servers that allow every origin."""

    def servers():
        made = {origin: Server(ANYBODY, METHODS, NAMES) for origin in (APP, API, OTHER)}
        known = f"{status} {HTTPStatus(status).phrase}"
        made[at].at("/0", known, *(lines or (ANYBODY,)), f"Location: {location}")
        return made

    return Scenario(right, servers, ({"url": f"{at}/0", **options},), profile)


def again(right, *calls, lines=(METHODS, NAMES), origin=ANYBODY, profile="fetch"):
    """Make a scenario of calls; the later ones may use cached preflights."""
    preflight = [origin, *([CREDENTIALS] if origin == THE_APP else []), *lines]
    return Scenario(right, lambda: Server(*preflight[:2], preflight=preflight), calls, profile)


def loop(right, times):
    """Make a scenario of many redirects."""

    def servers():
        made = Server(ANYBODY)
        for number in range(times):
            made.at(f"/{number}", "302 Found", ANYBODY, f"Location: /{number + 1}")
        return made

    return Scenario(right, servers, ({"url": f"{API}/0"},))


INCLUDE = {"credentials": "include"}
PUT = {"method": "PUT"}
POST = {"method": "POST", "body": "x"}
UPLOAD = {"method": "POST", "upload": True}
AUTHORIZATION = {"headers": {"Authorization": "x"}}
READ = "GET > cors 200"
ASKED = "OPTIONS PUT > PUT > cors 200"
KNOWN = "PUT > cors 200"
HINTS = ("Device-Memory", "DPR", "Downlink", "RTT", "Viewport-Width", "Width")
LONG = dict.fromkeys((*HINTS, "Accept", "Accept-Language"), "1" * 128)
LONG_RANGE = {"Range": "bytes=0-99999999999999999999"}


def sets(name, value):
    return {"headers": {name: value}}


def posts(content_type):
    return {"method": "POST", "body": b"x", "headers": {"Content-Type": content_type}}


SCENARIOS = {
    # The CORS check.
    "no-origin": actual("GET > blocked origin"),
    "anybody": actual(READ, ANYBODY),
    "the-app": actual(READ, THE_APP),
    "another-origin": actual("GET > blocked match", f"{ORIGIN}: {OTHER}"),
    "origin-with-a-slash": actual("GET > blocked match", f"{ORIGIN}: {APP}/"),
    "origin-in-capitals": actual("GET > blocked match", f"{ORIGIN}: {APP.upper()}"),
    "origin-in-a-list": actual("GET > blocked match", f"{ORIGIN}: {APP}, {OTHER}"),
    "origin-as-a-prefix": actual("GET > blocked match", f"{ORIGIN}: {APP}.evil.test"),
    "anybody-twice": actual("GET > blocked match", ANYBODY, ANYBODY),
    "null": actual("GET > blocked match", OPAQUE),
    "an-error": actual("GET > cors 403", ANYBODY, status="403 Forbidden"),
    "include": actual(READ, THE_APP, CREDENTIALS, **INCLUDE),
    "include-anybody": actual("GET > blocked match", ANYBODY, CREDENTIALS, **INCLUDE),
    "include-without": actual("GET > blocked credentials", THE_APP, **INCLUDE),
    "include-in-capitals": actual(
        "GET > blocked credentials", THE_APP, "Access-Control-Allow-Credentials: True", **INCLUDE
    ),
    "include-twice": actual(
        "GET > blocked credentials", THE_APP, CREDENTIALS, CREDENTIALS, **INCLUDE
    ),
    # The preflight.
    "listed": preflighted(ASKED, ANYBODY, METHODS, **PUT),
    "no-preflight-origin": preflighted("OPTIONS PUT > blocked origin", METHODS, **PUT),
    "no-origin-and-no-ok": preflighted(
        "OPTIONS PUT > blocked origin", METHODS, status="404 No", **PUT
    ),
    "status-200": preflighted(ASKED, ANYBODY, METHODS, status="200 OK", **PUT),
    "status-299": preflighted(ASKED, ANYBODY, METHODS, status="299 Fine", **PUT),
    "status-302": preflighted(
        "OPTIONS PUT > blocked status", ANYBODY, METHODS, status="302 F", **PUT
    ),
    "status-304": preflighted(
        "OPTIONS PUT > blocked status", ANYBODY, METHODS, status="304 N", **PUT
    ),
    "status-401": preflighted(
        "OPTIONS PUT > blocked status", ANYBODY, METHODS, status="401 U", **PUT
    ),
    "methods-malformed": preflighted(
        "OPTIONS PUT > blocked list", ANYBODY, METHODS, "Access-Control-Allow-Methods: P T", **PUT
    ),
    "names-malformed": preflighted(
        "OPTIONS PUT > blocked list", ANYBODY, METHODS, "Access-Control-Allow-Headers: X A", **PUT
    ),
    "empty-elements": preflighted(ASKED, ANYBODY, "Access-Control-Allow-Methods: ,\t,PUT ,", **PUT),
    "two-lines": preflighted(ASKED, ANYBODY, "Access-Control-Allow-Methods: GET", METHODS, **PUT),
    "not-listed": preflighted("OPTIONS PUT > blocked method", ANYBODY, **PUT),
    "listed-in-another-case": preflighted(
        "OPTIONS PUT > blocked method", ANYBODY, "Access-Control-Allow-Methods: put", **PUT
    ),
    "any-method": preflighted(ASKED, ANYBODY, ANY_METHOD, **PUT),
    "any-method-include": preflighted(
        "OPTIONS PUT > blocked method", THE_APP, CREDENTIALS, ANY_METHOD, **PUT, **INCLUDE
    ),
    "get-is-not-listed": preflighted(
        "OPTIONS GET x-a > GET > cors 200", ANYBODY, METHODS, NAMES, **sets("X-A", "1")
    ),
    "header-not-listed": preflighted(
        "OPTIONS GET x-b > blocked headers", ANYBODY, NAMES, **sets("X-B", "1")
    ),
    "one-header-not-listed": preflighted(
        "OPTIONS GET x-a,x-b > blocked headers",
        ANYBODY,
        NAMES,
        headers={"X-B": "1", "X-A": "1"},
    ),
    "any-header": preflighted(
        "OPTIONS GET x-b > GET > cors 200", ANYBODY, ANY_NAME, **sets("X-B", "1")
    ),
    "any-header-include": preflighted(
        "OPTIONS GET x-b > blocked headers",
        THE_APP,
        CREDENTIALS,
        ANY_NAME,
        **sets("X-B", "1"),
        **INCLUDE,
    ),
    "authorization-under-the-wildcard": preflighted(
        "OPTIONS GET authorization > blocked authorization", ANYBODY, ANY_NAME, **AUTHORIZATION
    ),
    "authorization-listed": preflighted(
        "OPTIONS GET authorization > GET authorization > cors 200",
        ANYBODY,
        "Access-Control-Allow-Headers: *, AUTHORIZATION",
        **AUTHORIZATION,
    ),
    "chromium-authorization": preflighted(
        "OPTIONS GET authorization > GET authorization > cors 200",
        ANYBODY,
        ANY_NAME,
        profile="chromium",
        **AUTHORIZATION,
    ),
    "upload": preflighted("OPTIONS POST > POST > cors 200", ANYBODY, **UPLOAD),
    # Methods and headers that JavaScript sets.
    "put-is-upper-cased": actual(ASKED, ANYBODY, METHODS, method="put"),
    "patch-keeps-its-case": actual(
        "OPTIONS patch > blocked method",
        ANYBODY,
        "Access-Control-Allow-Methods: PATCH",
        method="patch",
    ),
    "trace": actual("type error", ANYBODY, ANY_METHOD, method="Trace"),
    "accept-of-128": actual(READ, ANYBODY, **sets("Accept", "a" * 128)),
    "accept-of-129": actual(
        "OPTIONS GET accept > blocked headers", ANYBODY, **sets("Accept", "a" * 129)
    ),
    "accept-twice": actual(
        "OPTIONS GET accept > blocked headers",
        ANYBODY,
        headers=[("Accept", "a" * 64), ("accept", "a" * 64)],
    ),
    "accept-quote": actual("OPTIONS GET accept > blocked headers", ANYBODY, **sets("Accept", '"')),
    "accept-beyond-ascii": actual(READ, ANYBODY, **sets("Accept", "\xe9\t")),
    "language": actual(READ, ANYBODY, **sets("Accept-Language", "en-GB, *;q=0.5")),
    "language-underscore": actual(
        "OPTIONS GET accept-language > blocked headers", ANYBODY, **sets("Accept-Language", "e_n")
    ),
    "content-language": actual(READ, ANYBODY, **sets("Content-Language", "de")),
    "content-language-slash": actual(
        "OPTIONS GET content-language > blocked headers", ANYBODY, **sets("Content-Language", "d/e")
    ),
    "range": actual(READ, ANYBODY, **sets("Range", "bytes=5-9")),
    "range-without-end": actual(READ, ANYBODY, **sets("Range", "bytes=5-")),
    "range-from-the-end": actual(
        "OPTIONS GET range > blocked headers", ANYBODY, **sets("Range", "bytes=-5")
    ),
    "range-backwards": actual(
        "OPTIONS GET range > blocked headers", ANYBODY, **sets("Range", "bytes=9-5")
    ),
    "range-long": actual(READ, ANYBODY, headers=LONG_RANGE),
    "chromium-range-long": actual(
        "OPTIONS GET range > blocked headers", ANYBODY, headers=LONG_RANGE, profile="chromium"
    ),
    "text": actual("POST content-type > cors 200", ANYBODY, **posts("Text/Plain;charset=UTF-8")),
    "form": actual(
        "POST content-type > cors 200", ANYBODY, **posts("application/x-www-form-urlencoded")
    ),
    "json": actual(
        "OPTIONS POST content-type > blocked headers", ANYBODY, **posts("application/json")
    ),
    "type-quote": actual(
        "OPTIONS POST content-type > blocked headers", ANYBODY, **posts('text/plain;x="y"')
    ),
    "type-twice": actual(
        "OPTIONS POST content-type > blocked headers", ANYBODY, **posts("text/plain, text/plain")
    ),
    "names-are-sorted": actual(
        "OPTIONS GET x-a,x-b,x-c > blocked headers",
        ANYBODY,
        headers={"X-C": "1", "x-a": "1", "X-B": "1"},
    ),
    "hint": actual("OPTIONS GET dpr > blocked headers", ANYBODY, **sets("DPR", "1")),
    "chromium-hint": actual("GET dpr > cors 200", ANYBODY, profile="chromium", **sets("DPR", "1")),
    "chromium-1024-bytes": actual("GET dpr > cors 200", ANYBODY, profile="chromium", headers=LONG),
    "chromium-1025-bytes": actual(
        f"OPTIONS GET {','.join(sorted(map(str.lower, [*LONG, 'ECT'])))} > blocked headers",
        ANYBODY,
        profile="chromium",
        headers=LONG | {"Width": "1" * 127, "ECT": "4g"},
    ),
    "agent": actual("OPTIONS GET user-agent > blocked headers", ANYBODY, **sets("User-Agent", "1")),
    "chromium-agent": actual(READ, ANYBODY, profile="chromium", **sets("User-Agent", "1")),
    "forbidden": actual(READ, ANYBODY, headers={"Host": "evil.example", "Sec-X": "1"}),
    "forbidden-override": actual(READ, ANYBODY, **sets("X-HTTP-Method-Override", "GET, trace")),
    "override": actual(
        "OPTIONS GET x-http-method > blocked headers", ANYBODY, **sets("X-HTTP-Method", "PUT")
    ),
    # Redirects.
    "chromium-hint-to-another": redirect(
        "GET dpr > GET null > cors 200", f"{OTHER}/", profile="chromium", **sets("DPR", "1")
    ),
    "hint-to-another": redirect(
        " > ".join(
            ["OPTIONS GET dpr > GET dpr", "OPTIONS GET dpr null > GET dpr null", "cors 200"]
        ),
        f"{OTHER}/",
        **sets("DPR", "1"),
    ),
    "to-the-same": redirect("GET > GET > cors 200", "/1"),
    "to-another": redirect("GET > GET null > cors 200", f"{OTHER}/"),
    "back-to-the-page": redirect("GET > GET null > cors 200", f"{APP}/"),
    "from-the-page": redirect("GET > GET > cors 200", f"{API}/", at=APP),
    "no-cors-to-another": redirect(
        "POST content-type > POST content-type > opaque 0",
        f"{API}/",
        at=APP,
        status=307,
        mode="no-cors",
        **POST,
    ),
    "chromium-no-cors-to-another": redirect(
        "POST content-type > POST content-type null > opaque 0",
        f"{API}/",
        at=APP,
        status=307,
        mode="no-cors",
        profile="chromium",
        **POST,
    ),
    "not-allowed": redirect("GET > blocked origin", "/1", "X-A: 1"),
    "refused": redirect("GET > network error", "/1", redirect="error"),
    "manual": redirect("GET > opaqueredirect 0", "/1", redirect="manual"),
    "twenty": loop("GET > " * 21 + "cors 200", 20),
    "twenty-one": loop("GET > " * 21 + "network error", 21),
    "userinfo": redirect("GET > blocked elsewhere", "https://u:p@api.example/1"),
    "userinfo-to-another": redirect("GET > blocked elsewhere", "https://u:p@api.example/1", at=APP),
    "userinfo-back-to-the-page": redirect("GET > blocked elsewhere", "https://u:p@app.example/"),
    "userinfo-within-the-page": redirect(
        "GET > GET > basic 200", "https://u:p@app.example/1", at=APP
    ),
    "chromium-userinfo": redirect(
        "GET > blocked elsewhere", "https://u:p@app.example/1", at=APP, profile="chromium"
    ),
    "post-302": redirect("POST content-type > GET > cors 200", "/1", **POST),
    "post-303": redirect("POST content-type > GET > cors 200", "/1", status=303, **POST),
    "post-307": redirect(
        "POST content-type > POST content-type > cors 200", "/1", status=307, **POST
    ),
    "put-302": redirect("OPTIONS PUT > PUT > OPTIONS PUT > PUT > cors 200", "/1", **PUT),
    "put-303": redirect("OPTIONS PUT > PUT > GET > cors 200", "/1", status=303, **PUT),
    "head-303": redirect("HEAD > HEAD > cors 200", "/1", status=303, method="HEAD"),
    "authorization-to-the-same": redirect(
        " > ".join(["OPTIONS GET authorization > GET authorization"] * 2) + " > cors 200",
        "/1",
        **AUTHORIZATION,
    ),
    "authorization-to-another": redirect(
        "OPTIONS GET authorization > GET authorization > GET null > cors 200",
        f"{OTHER}/",
        **AUTHORIZATION,
    ),
    # The preflight cache.
    "known": again(f"{ASKED}; {KNOWN}", PUT, PUT),
    "known-for-5-seconds": again(f"{ASKED}; {KNOWN}", PUT, PUT | {"wait": 4.9}),
    "unknown-after-5-seconds": again(f"{ASKED}; {ASKED}", PUT, PUT | {"wait": 5}),
    "known-for-a-minute": again(
        f"{ASKED}; {KNOWN}", PUT, PUT | {"wait": 59}, lines=[METHODS, f"{MAX_AGE}: 60"]
    ),
    "unknown-after-a-minute": again(
        f"{ASKED}; {ASKED}", PUT, PUT | {"wait": 60}, lines=[METHODS, f"{MAX_AGE}: 60"]
    ),
    "unknown-for-zero": again(f"{ASKED}; {ASKED}", PUT, PUT, lines=[METHODS, f"{MAX_AGE}: 0"]),
    "unknown-after-a-day": again(
        f"{ASKED}; {ASKED}", PUT, PUT | {"wait": 86_400}, lines=[METHODS, f"{MAX_AGE}: 99999"]
    ),
    "known-for-a-negative": again(f"{ASKED}; {KNOWN}", PUT, PUT, lines=[METHODS, f"{MAX_AGE}: -1"]),
    "chromium-negative": again(
        f"{ASKED}; {ASKED}", PUT, PUT, lines=[METHODS, f"{MAX_AGE}: -1"], profile="chromium"
    ),
    "chromium-after-two-hours": again(
        f"{ASKED}; {ASKED}",
        PUT,
        PUT | {"wait": 7_200},
        lines=[METHODS, f"{MAX_AGE}: 86400"],
        profile="chromium",
    ),
    "known-method": again(f"{ASKED}; DELETE > cors 200", PUT, {"method": "DELETE"}),
    "unknown-method": again(
        f"{ASKED}; OPTIONS Patch > blocked method",
        PUT,
        {"method": "Patch"},
    ),
    "unknown-case": again(
        "OPTIONS egg > egg > cors 200; OPTIONS EGG > blocked method",
        {"method": "egg"},
        {"method": "EGG"},
        lines=["Access-Control-Allow-Methods: egg"],
    ),
    "known-any-method": again(
        f"{ASKED}; DELETE > cors 200", PUT, {"method": "DELETE"}, lines=[ANY_METHOD]
    ),
    "known-header": again(f"{ASKED}; GET > cors 200", PUT, sets("x-a", "1")),
    "unknown-header": again(f"{ASKED}; OPTIONS GET x-b > blocked headers", PUT, sets("X-B", "1")),
    "known-any-header": again(
        "OPTIONS GET x-b > GET > cors 200; GET > cors 200",
        sets("X-B", "1"),
        sets("X-C", "1"),
        lines=[ANY_NAME],
    ),
    "unknown-authorization": again(
        "OPTIONS GET x-b > GET > cors 200; OPTIONS GET authorization > blocked authorization",
        sets("X-B", "1"),
        AUTHORIZATION,
        lines=[ANY_NAME],
    ),
    "unknown-url": again(f"{ASKED}; {ASKED}", PUT, PUT | {"url": f"{API}/?x"}),
    "known-fragment": again(f"{ASKED}; {KNOWN}", PUT, PUT | {"url": f"{API}/#x"}),
    "unknown-origin": again(f"{ASKED}; {ASKED}", PUT, PUT | {"origin": OTHER}),
    "known-with-then-without": again(f"{ASKED}; {KNOWN}", PUT | INCLUDE, PUT, origin=THE_APP),
    "unknown-without-then-with": again(f"{ASKED}; {ASKED}", PUT, PUT | INCLUDE, origin=THE_APP),
    "known-upload": again(
        "OPTIONS POST > POST > cors 200; POST > cors 200", UPLOAD, UPLOAD, lines=[]
    ),
    "unknown-upload": again(
        "; ".join(["OPTIONS POST > POST > cors 200"] * 2), UPLOAD, UPLOAD, lines=[METHODS]
    ),
    "forgotten": Scenario(
        f"{ASKED}; PUT > blocked origin; {ASKED}",
        lambda: Changing(*[([ANYBODY, METHODS], lines) for lines in ([ANYBODY], [], [ANYBODY])]),
        (PUT, PUT, PUT),
    ),
    "kept-after-another-error": Scenario(
        f"{ASKED}; GET > blocked origin; {KNOWN}",
        lambda: Changing(*[([ANYBODY, METHODS], lines) for lines in ([ANYBODY], [], [ANYBODY])]),
        (PUT, {}, PUT),
    ),
    "renewed": Scenario(
        f"{ASKED}; OPTIONS PUT x-a > PUT > cors 200; {KNOWN}",
        lambda: Changing(*[([ANYBODY, METHODS, *more], [ANYBODY]) for more in ([], [NAMES], [])]),
        (PUT, PUT | sets("X-A", "1") | {"wait": 4}, PUT | {"wait": 4}),
    ),
    "shortened": Scenario(
        f"{ASKED}; OPTIONS PUT x-a > PUT > cors 200; {ASKED}",
        lambda: Changing(
            ([ANYBODY, METHODS, f"{MAX_AGE}: 600"], [ANYBODY]),
            ([ANYBODY, METHODS, NAMES, f"{MAX_AGE}: 5"], [ANYBODY]),
            ([ANYBODY, METHODS], [ANYBODY]),
        ),
        (PUT, PUT | sets("X-A", "1"), PUT | {"wait": 6}),
    ),
    # What JavaScript reads.
    "exposed-nothing": actual(READ, ANYBODY, "ETag: x"),
    "safelisted": actual(f"{READ} content-type", ANYBODY, "Content-Type: text/plain"),
    "exposed": actual(
        f"{READ} etag", ANYBODY, "ETag: x", "X-A: 1", "Access-Control-Expose-Headers: ETAG"
    ),
    "exposed-all": actual(
        f"{READ} etag", ANYBODY, "ETag: x", COOKIE, "Access-Control-Expose-Headers: *"
    ),
    "exposed-all-include": actual(
        READ, THE_APP, CREDENTIALS, "ETag: x", "Access-Control-Expose-Headers: *", **INCLUDE
    ),
    "exposed-malformed": actual(
        READ, ANYBODY, "ETag: x", "Access-Control-Expose-Headers: ETag, *, b c"
    ),
    "exposed-cookie": actual(READ, ANYBODY, COOKIE, "Access-Control-Expose-Headers: Set-Cookie"),
    "own-origin": Scenario(
        "PUT > basic 200 etag",
        lambda: {APP: Server("ETag: x", COOKIE)},
        (PUT | {"url": f"{APP}/"},),
    ),
    "other-scheme": Scenario(
        "GET > blocked origin",
        lambda: {"http://app.example": Server()},
        ({"url": "http://app.example/"},),
    ),
    "no-cors": actual("GET > opaque 0", "ETag: x", mode="no-cors"),
    "data": actual("basic 200 content-length content-type", url="data:text/plain,x"),
    "mode-same-origin": actual("blocked elsewhere", ANYBODY, mode="same-origin"),
    # Cookies.
    "cookies-omitted": Scenario(
        f"{READ}; {READ}", lambda: Server(THE_APP, CREDENTIALS, COOKIE), (INCLUDE, {})
    ),
    "cookies-ignored": Scenario(
        f"{READ}; {READ}", lambda: Server(THE_APP, CREDENTIALS, COOKIE), ({}, INCLUDE)
    ),
    "cookies-included": Scenario(
        f"{READ}; GET cookie > cors 200",
        lambda: Server(THE_APP, CREDENTIALS, COOKIE),
        (INCLUDE, INCLUDE),
    ),
    "cookies-of-one-site": Scenario(
        f"{READ}; {READ}", lambda: Server(THE_APP, CREDENTIALS, STRICT_COOKIE), (INCLUDE, INCLUDE)
    ),
    "cookies-of-the-own-site": Scenario(
        "GET > basic 200; GET cookie > basic 200",
        lambda: {APP: Server(STRICT_COOKIE)},
        ({"url": APP}, {"url": APP}),
    ),
    "secure-cookies-without-encryption": Scenario(
        "GET > basic 200; GET > basic 200",
        lambda: {PLAIN: Server(STRICT_COOKIE)},
        ({"url": PLAIN, "origin": PLAIN}, {"url": PLAIN, "origin": PLAIN}),
    ),
    "cookies-with-same-site-none-but-not-secure": Scenario(
        f"{READ}; {READ}",
        lambda: Server(THE_APP, CREDENTIALS, "Set-Cookie: a=1; SameSite=None"),
        (INCLUDE, INCLUDE),
    ),
    "cookies-that-do-not-suit-their-prefix": Scenario(
        "GET > basic 200; GET > basic 200",
        lambda: {APP: Server("Set-Cookie: __Secure-a=1")},
        ({"url": APP}, {"url": APP}),
    ),
    "cookies-set-from-another-site": Scenario(
        f"{READ}; GET > basic 200",
        lambda: {OTHER: Server(THE_APP, CREDENTIALS, STRICT_COOKIE)},
        ({"url": OTHER} | INCLUDE, {"url": OTHER, "origin": OTHER}),
    ),
    "cookies-after-another-site": Scenario(
        "GET > basic 200; GET > GET null > cors 200",
        lambda: {
            APP: Server(OPAQUE, CREDENTIALS, STRICT_COOKIE),
            API: Server(THE_APP, CREDENTIALS, f"Location: {APP}", status="302 Found"),
        },
        ({"url": APP}, INCLUDE),
    ),
    "cookies-and-preflights": Scenario(
        f"{READ}; OPTIONS PUT > PUT cookie > cors 200",
        lambda: Server(THE_APP, CREDENTIALS, METHODS, COOKIE),
        (INCLUDE, PUT | INCLUDE),
    ),
    "cookies-of-preflights": Scenario(
        f"{ASKED}; {READ}",
        lambda: Server(THE_APP, CREDENTIALS, preflight=[THE_APP, CREDENTIALS, METHODS, COOKIE]),
        (PUT | INCLUDE, INCLUDE),
    ),
}


CHECK_CORS = checks.check_cors
CHECK_PREFLIGHT = checks.check_preflight
CHANGE_METHOD = fetch.change_method
IS_SAFELISTED = safelist.is_safelisted
UNSAFE_NAMES = safelist.unsafe_names
CACHE = cache.PreflightCache
KEEP, MATCHING, KEY = CACHE._keep, CACHE._matching, cache._key
SEND = fetch.send
KEPT_SECONDS = cache.kept_seconds
EXPOSED_NAMES = responses.exposed_names
FILTERED = responses.filtered
IS_FORBIDDEN = safelist.is_forbidden
CHECK_METHOD = checks.check_method
CHECK_HEADERS = checks.check_headers
CHECK_USERINFO = fetch.check_userinfo
COVERS = CACHE.covers


def always(value):
    return lambda *arguments, **options: value


DROPPED = always(None)


def unless(condition, function, otherwise=None):
    """Skip a function if a condition holds."""

    def faulty(*arguments):
        return otherwise if condition(*arguments) else function(*arguments)

    return faulty


def with_credentials(function, mode):
    """Give a function the request with another credentials mode."""
    return lambda request, *more: function(replace(request, credentials=mode), *more)


def allowed_origin(response):
    return response.get(ORIGIN) or ""


def good_names(response, name):
    value = response.get(name)
    return None if value is None else [part for part in map(str.strip, value.split(",")) if part]


def with_line(response, name, value):
    return replace(response, headers=[*response.headers, (name, value)])


def check_preflight_of_any_origin(request, response, unsafe):
    headers = [line for line in response.headers if line[0] != ORIGIN]
    response = replace(response, headers=headers)
    response = with_line(response, ORIGIN, request.sent_origin)
    request = replace(request, credentials="omit")
    return CHECK_PREFLIGHT(request, response, unsafe)


def check_preflight_by_status_first(request, response, unsafe):
    checks.check_status(response)
    return CHECK_PREFLIGHT(request, response, unsafe)


def check_preflight_without_flag(request, *more):
    return CHECK_PREFLIGHT(replace(request, use_preflight=False), *more)


def check_preflight_returning_the_requested(request, response, unsafe):
    CHECK_PREFLIGHT(request, response, unsafe)
    return [request.method], list(unsafe)


def check_cors_and_status(request, response):
    CHECK_CORS(request, response)
    checks.check_status(response)


def is_safelisted_with_any_value(name):
    return unless(
        lambda given, value, profile: given.lower() == name and len(value) <= 128,
        IS_SAFELISTED,
        True,
    )


def is_never_safelisted(name):
    return unless(lambda given, value, profile: given.lower() == name, IS_SAFELISTED, False)


def as_in(function, profile):
    """Give a function another profile, its last argument."""
    return lambda *arguments: function(*arguments[:-1], profile_of(profile))


def as_if_in(function, profile):
    """Call a function while its request has another profile."""

    def faulty(request, *more):
        own, request.profile = request.profile, profile_of(profile)
        try:
            return function(request, *more)
        finally:
            request.profile = own

    return faulty


def profile_of(name):
    return Browser(always([]), profile=name).profile


def unsafe_names_in_disorder(headers, profile):
    return sorted(UNSAFE_NAMES(headers, profile), reverse=True)


def change_method_by(*statuses):
    return lambda request, status: CHANGE_METHOD(request, 303 if status in statuses else status)


def keep_without_renewal(self, partition, request, method, header, expires):
    known = self._matching(partition, request)
    if not any((entry.method, entry.header) == (method, header) for entry in known):
        KEEP(self, partition, request, method, header, expires)


def keep_for_longer(self, partition, request, method, header, expires):
    for entry in self._matching(partition, request):
        if (entry.method, entry.header) == (method, header):
            expires = max(entry.expires, expires)
    KEEP(self, partition, request, method, header, expires)


def matching_beyond_expiry(self, partition, request):
    return [
        entry
        for entry in self._entries
        if entry.key == KEY(partition, request)
        and (entry.credentials or not request.with_credentials)
    ]


def matching_any_credentials(self, partition, request):
    return MATCHING(self, partition, replace(request, credentials="omit"))


def matching_same_credentials(self, partition, request):
    return [
        entry
        for entry in MATCHING(self, partition, request)
        if entry.credentials == request.with_credentials
    ]


def key_without_url(partition, request):
    return partition, request.sent_origin, ""


def send_with_cookies(client, request, method, headers, body):
    cookie = cookies.to_send(client.cookies, request)
    headers = [line for line in headers if line[0] != "Cookie"]
    headers += [("Cookie", cookie)] if cookie else []
    return SEND(client, request, method, headers, body)


def send_keeping_cookies(client, request, method, headers, body):
    raw = SEND(client, request, method, headers, body)
    cookies.keep(client.cookies, request, raw)
    return raw


def kept_for(seconds):
    return lambda value, profile: seconds if value is None else KEPT_SECONDS(value, profile)


def kept_without_a_cap(value, profile):
    return KEPT_SECONDS(value, replace(profile, max_age_cap=10**9))


def fault(owner, attribute, faulty, caught, name):
    """Make a fault: the attribute of a module or class is replaced, which a scenario notices."""
    return pytest.param(owner, attribute, faulty, caught, id=f"{attribute}-{name}")


def swap_tainting(raw, tainting, *more):
    return FILTERED(raw, "basic" if tainting == "opaque" else tainting, *more)


FAULTS = [
    fault(checks, "check_cors", DROPPED, "no-origin", "dropped"),
    fault(
        checks,
        "check_cors",
        unless(lambda request, response: 300 <= response.status < 400, CHECK_CORS),
        "not-allowed",
        "but-for-redirects",
    ),
    fault(checks, "check_cors", check_cors_and_status, "an-error", "and-ok-status"),
    fault(checks, "check_origin_is_there", DROPPED, "no-origin", "dropped"),
    fault(
        checks,
        "check_cors",
        unless(lambda request, response: response.get(ORIGIN) is None, CHECK_CORS),
        "no-origin",
        "where-there-is-an-origin",
    ),
    fault(checks, "check_origin_matches", DROPPED, "another-origin", "dropped"),
    *[
        fault(
            checks,
            "check_origin_matches",
            unless(condition, checks.check_origin_matches),
            caught,
            name,
        )
        for name, caught, condition in [
            (
                "wildcard-with-credentials",
                "include-anybody",
                lambda request, response: allowed_origin(response) == "*",
            ),
            (
                "in-any-case",
                "origin-in-capitals",
                lambda request, response: allowed_origin(response).lower() == request.sent_origin,
            ),
            (
                "with-a-slash",
                "origin-with-a-slash",
                lambda request, response: allowed_origin(response).rstrip("/") == request.origin,
            ),
            (
                "in-a-list",
                "origin-in-a-list",
                lambda request, response: request.origin in allowed_origin(response).split(", "),
            ),
            (
                "as-a-prefix",
                "origin-as-a-prefix",
                lambda request, response: allowed_origin(response).startswith(request.origin),
            ),
            (
                "wildcard-in-a-list",
                "anybody-twice",
                lambda request, response: "*" in allowed_origin(response).split(", "),
            ),
            ("null-for-all", "null", lambda request, response: allowed_origin(response) == "null"),
        ]
    ],
    fault(
        checks,
        "check_origin_matches",
        with_credentials(checks.check_origin_matches, "include"),
        "anybody",
        "no-wildcard",
    ),
    fault(checks, "check_credentials", DROPPED, "include-without", "dropped"),
    fault(
        checks,
        "check_credentials",
        unless(
            lambda request, response: (
                (response.get("Access-Control-Allow-Credentials") or "").lower() == "true"
            ),
            checks.check_credentials,
        ),
        "include-in-capitals",
        "in-any-case",
    ),
    fault(
        checks,
        "check_credentials",
        unless(
            lambda request, response: (
                "true" in (response.get("Access-Control-Allow-Credentials") or "")
            ),
            checks.check_credentials,
        ),
        "include-twice",
        "twice",
    ),
    fault(
        checks,
        "check_credentials",
        with_credentials(checks.check_credentials, "include"),
        "the-app",
        "always",
    ),
    fault(checks, "check_preflight", always(([], [])), "not-listed", "dropped"),
    fault(
        checks,
        "check_preflight",
        check_preflight_of_any_origin,
        "no-preflight-origin",
        "without-cors-check",
    ),
    fault(
        checks,
        "check_preflight",
        check_preflight_by_status_first,
        "no-origin-and-no-ok",
        "status-first",
    ),
    fault(
        checks, "check_preflight", check_preflight_without_flag, "known-upload", "without-the-flag"
    ),
    fault(
        checks,
        "check_preflight",
        with_credentials(CHECK_PREFLIGHT, "omit"),
        "any-method-include",
        "by-its-own-credentials",
    ),
    fault(
        checks,
        "check_preflight",
        check_preflight_returning_the_requested,
        "known-method",
        "stores-the-requested",
    ),
    fault(checks, "check_status", DROPPED, "status-401", "dropped"),
    *[
        fault(
            checks,
            "check_status",
            unless(
                lambda response, low=low, high=high: low <= response.status <= high,
                checks.check_status,
            ),
            caught,
            f"{low}-to-{high}",
        )
        for low, high, caught in [(301, 303, "status-302"), (304, 304, "status-304")]
    ],
    fault(checks, "read_list", always(None), "listed", "always-absent"),
    fault(checks, "read_list", good_names, "methods-malformed", "unchecked"),
    fault(
        checks,
        "read_list",
        unless(
            lambda response, name: name == checks.HEADERS and " " in (response.get(name) or ""),
            checks.read_list,
        ),
        "names-malformed",
        "malformed-names-are-absent",
    ),
    fault(checks, "check_method", DROPPED, "not-listed", "dropped"),
    fault(
        checks,
        "check_method",
        unless(
            lambda request, methods: request.method.lower() in map(str.lower, methods), CHECK_METHOD
        ),
        "listed-in-another-case",
        "in-any-case",
    ),
    fault(
        checks,
        "check_method",
        with_credentials(CHECK_METHOD, "omit"),
        "any-method-include",
        "wildcard-with-credentials",
    ),
    fault(
        checks,
        "check_method",
        with_credentials(CHECK_METHOD, "include"),
        "any-method",
        "no-wildcard",
    ),
    fault(checks, "SAFELISTED_METHODS", (), "get-is-not-listed", "none"),
    fault(checks, "check_authorization", DROPPED, "authorization-under-the-wildcard", "dropped"),
    fault(
        checks,
        "check_authorization",
        as_if_in(checks.check_authorization, "fetch"),
        "chromium-authorization",
        "as-in-fetch",
    ),
    fault(
        checks,
        "check_authorization",
        as_if_in(checks.check_authorization, "chromium"),
        "authorization-under-the-wildcard",
        "as-in-chromium",
    ),
    fault(checks, "check_headers", DROPPED, "header-not-listed", "dropped"),
    fault(
        checks,
        "check_headers",
        lambda request, names, unsafe: CHECK_HEADERS(request, names, unsafe[:1]),
        "one-header-not-listed",
        "only-the-first",
    ),
    fault(
        checks,
        "check_headers",
        lambda request, names, unsafe: CHECK_HEADERS(
            request, names, [name if name in names else "-" for name in unsafe]
        ),
        "get-is-not-listed",
        "in-one-case",
    ),
    fault(
        checks,
        "check_headers",
        with_credentials(CHECK_HEADERS, "omit"),
        "any-header-include",
        "wildcard-with-credentials",
    ),
    fault(
        checks,
        "check_headers",
        with_credentials(CHECK_HEADERS, "include"),
        "any-header",
        "no-wildcard",
    ),
    fault(safelist, "MAX_VALUE_SIZE", 127, "accept-of-128", "lower"),
    fault(safelist, "MAX_VALUE_SIZE", 129, "accept-of-129", "higher"),
    fault(safelist, "MAX_TOTAL_SIZE", 1_023, "chromium-1024-bytes", "lower"),
    fault(safelist, "MAX_TOTAL_SIZE", 1_025, "chromium-1025-bytes", "higher"),
    *[
        fault(safelist, "is_safelisted", is_safelisted_with_any_value(name), caught, name)
        for name, caught in [
            ("accept", "accept-quote"),
            ("accept-language", "language-underscore"),
            ("content-language", "content-language-slash"),
            ("content-type", "json"),
            ("range", "range-from-the-end"),
            ("user-agent", "agent"),
        ]
    ],
    *[
        fault(safelist, "is_safelisted", is_never_safelisted(name), caught, f"{name}-never")
        for name, caught in [
            ("accept", "accept-beyond-ascii"),
            ("accept-language", "language"),
            ("content-language", "content-language"),
            ("content-type", "text"),
            ("range", "range-without-end"),
        ]
    ],
    fault(safelist, "is_safelisted", as_in(IS_SAFELISTED, "fetch"), "chromium-hint", "as-in-fetch"),
    fault(safelist, "is_safelisted", as_in(IS_SAFELISTED, "chromium"), "hint", "as-in-chromium"),
    fault(
        safelist,
        "is_safelisted",
        unless(lambda name, value, profile: value == "bytes=9-5", IS_SAFELISTED, otherwise=True),
        "range-backwards",
        "ranges-backwards",
    ),
    fault(
        safelist,
        "is_safelisted",
        unless(lambda name, value, profile: not value.isascii(), IS_SAFELISTED, otherwise=False),
        "accept-beyond-ascii",
        "only-ascii",
    ),
    fault(
        safelist,
        "_is_simple_range",
        as_in(safelist._is_simple_range, "fetch"),
        "chromium-range-long",
        "as-in-fetch",
    ),
    fault(
        safelist,
        "_is_simple_range",
        as_in(safelist._is_simple_range, "chromium"),
        "range-long",
        "as-in-chromium",
    ),
    fault(safelist, "mime_essence", lambda value: value, "text", "with-parameters"),
    fault(
        safelist, "mime_essence", lambda value: value.partition(";")[0].strip(), "text", "one-case"
    ),
    fault(
        safelist,
        "mime_essence",
        lambda value: value.partition(",")[0].partition(";")[0].lower(),
        "type-twice",
        "of-a-list",
    ),
    fault(safelist, "SIMPLE_TYPES", frozenset({"text/plain"}), "form", "without-forms"),
    fault(requests, "unsafe_names", always([]), "header-not-listed", "none"),
    fault(requests, "unsafe_names", unsafe_names_in_disorder, "names-are-sorted", "disorder"),
    fault(
        requests,
        "unsafe_names",
        lambda headers, profile: [name.upper() for name in UNSAFE_NAMES(headers, profile)],
        "names-are-sorted",
        "in-capitals",
    ),
    fault(requests, "is_forbidden", always(False), "forbidden", "never"),
    fault(
        requests,
        "is_forbidden",
        unless(lambda name, value, profile: name.startswith("X-HTTP"), IS_FORBIDDEN, False),
        "forbidden-override",
        "never-an-override",
    ),
    fault(
        requests,
        "is_forbidden",
        unless(lambda name, value, profile: name.startswith("X-HTTP"), IS_FORBIDDEN, True),
        "override",
        "every-override",
    ),
    fault(
        requests,
        "is_forbidden",
        unless(lambda name, value, profile: name.startswith("Sec-"), IS_FORBIDDEN, False),
        "forbidden",
        "without-prefixes",
    ),
    fault(requests, "is_forbidden", as_in(IS_FORBIDDEN, "fetch"), "chromium-agent", "as-in-fetch"),
    fault(requests, "is_forbidden", as_in(IS_FORBIDDEN, "chromium"), "agent", "as-in-chromium"),
    fault(requests, "_combined", list, "accept-twice", "apart"),
    fault(requests, "normalise_method", str, "put-is-upper-cased", "never"),
    fault(requests, "normalise_method", str.upper, "patch-keeps-its-case", "always"),
    fault(requests, "FORBIDDEN_METHODS", frozenset(), "trace", "none"),
    fault(fetch, "count", DROPPED, "twenty-one", "dropped"),
    fault(fetch, "MAX_REDIRECTS", 19, "twenty", "lower"),
    fault(fetch, "MAX_REDIRECTS", 21, "twenty-one", "higher"),
    fault(fetch, "check_userinfo", DROPPED, "userinfo", "dropped"),
    fault(
        fetch,
        "check_userinfo",
        unless(lambda request, target: request.is_cors, CHECK_USERINFO),
        "userinfo-back-to-the-page",
        "but-for-cors",
    ),
    fault(
        fetch,
        "check_userinfo",
        unless(lambda request, target: not request.is_cors, CHECK_USERINFO),
        "userinfo-to-another",
        "but-for-the-own-origin",
    ),
    fault(
        fetch,
        "check_userinfo",
        as_if_in(CHECK_USERINFO, "fetch"),
        "chromium-userinfo",
        "as-in-fetch",
    ),
    fault(
        fetch,
        "check_userinfo",
        as_if_in(CHECK_USERINFO, "chromium"),
        "userinfo-within-the-page",
        "as-in-chromium",
    ),
    fault(fetch, "change_method", DROPPED, "post-302", "dropped"),
    fault(fetch, "change_method", change_method_by(307), "post-307", "for-307"),
    fault(fetch, "change_method", change_method_by(302), "put-302", "of-put-for-302"),
    fault(
        fetch,
        "change_method",
        lambda request, status: CHANGE_METHOD(request, 302 if status == 303 else status),
        "put-303",
        "of-post-alone",
    ),
    fault(
        fetch,
        "change_method",
        lambda request, status: (
            CHANGE_METHOD(request, status)
            or (setattr(request, "method", "GET") if request.method == "HEAD" else None)
        ),
        "head-303",
        "of-head",
    ),
    fault(fetch, "BODY_HEADERS", frozenset(), "post-303", "none"),
    fault(fetch, "drop_authorization", DROPPED, "authorization-to-another", "dropped"),
    fault(
        fetch,
        "drop_authorization",
        lambda request, target: request.headers.clear(),
        "authorization-to-the-same",
        "always",
    ),
    fault(fetch, "drop_client_hints", DROPPED, "chromium-hint-to-another", "dropped"),
    fault(
        fetch,
        "drop_client_hints",
        as_if_in(fetch.drop_client_hints, "chromium"),
        "hint-to-another",
        "as-in-chromium",
    ),
    fault(fetch, "taint", DROPPED, "to-another", "dropped"),
    fault(
        fetch,
        "taint",
        lambda request, target: setattr(request, "is_tainted", True),
        "to-the-same",
        "always",
    ),
    fault(
        fetch,
        "taint",
        lambda request, target: (
            setattr(request, "is_tainted", True) if request.url.origin != target.origin else None
        ),
        "from-the-page",
        "by-the-page-itself",
    ),
    fault(
        fetch,
        "taint",
        unless(lambda request, target: target.origin == request.origin, fetch.taint),
        "back-to-the-page",
        "but-for-the-page",
    ),
    fault(
        fetch,
        "taint",
        as_if_in(fetch.taint, "fetch"),
        "chromium-no-cors-to-another",
        "as-in-fetch",
    ),
    fault(
        fetch,
        "taint",
        as_if_in(fetch.taint, "chromium"),
        "no-cors-to-another",
        "as-in-chromium",
    ),
    fault(fetch, "REDIRECT_STATUSES", frozenset({301, 302, 303}), "post-307", "without-307"),
    fault(Request, "sent_origin", property(lambda self: self.origin), "to-another", "never-hidden"),
    fault(
        Request,
        "is_same_origin",
        property(lambda self: self.origin.partition("//")[2] == self.url.authority),
        "other-scheme",
        "by-host",
    ),
    fault(Request, "is_same_origin", True, "no-origin", "always"),
    fault(Request, "is_same_origin", False, "own-origin", "never"),
    fault(CACHE, "allows_method", always(False), "known", "never"),
    fault(CACHE, "allows_method", always(True), "unknown-method", "always"),
    fault(
        CACHE,
        "allows_method",
        lambda self, partition, request: any(
            (entry.method or "").lower() == request.method.lower()
            for entry in self._matching(partition, request)
        ),
        "unknown-case",
        "in-any-case",
    ),
    fault(
        CACHE,
        "allows_method",
        lambda self, partition, request: any(
            entry.method == request.method for entry in self._matching(partition, request)
        ),
        "known-any-method",
        "no-wildcard",
    ),
    fault(CACHE, "allows_header", always(False), "known-header", "never"),
    fault(CACHE, "allows_header", always(True), "unknown-header", "always"),
    fault(
        CACHE,
        "allows_header",
        lambda self, partition, request, name: any(
            entry.header == name for entry in self._matching(partition, request)
        ),
        "known-any-header",
        "no-wildcard",
    ),
    fault(
        CACHE,
        "allows_header",
        lambda self, partition, request, name: any(
            entry.header in ("*", name) for entry in self._matching(partition, request)
        ),
        "unknown-authorization",
        "wildcard-for-authorization",
    ),
    fault(
        CACHE,
        "allows_header",
        lambda self, partition, request, name: any(
            entry.header == name for entry in self._matching(partition, request)
        ),
        "known-header",
        "in-one-case",
    ),
    fault(CACHE, "store", DROPPED, "known", "dropped"),
    fault(CACHE, "fail", DROPPED, "forgotten", "dropped"),
    fault(CACHE, "_keep", keep_without_renewal, "renewed", "without-renewal"),
    fault(CACHE, "_keep", keep_for_longer, "shortened", "for-longer"),
    fault(CACHE, "_matching", matching_beyond_expiry, "unknown-after-5-seconds", "beyond-expiry"),
    fault(
        CACHE, "_matching", matching_any_credentials, "unknown-without-then-with", "any-credentials"
    ),
    fault(
        CACHE, "_matching", matching_same_credentials, "known-with-then-without", "same-credentials"
    ),
    fault(cache, "_key", key_without_url, "unknown-url", "any-url"),
    fault(fetch, "kept_seconds", always(5), "known-for-a-minute", "always-5"),
    fault(fetch, "kept_seconds", always(0), "known", "always-0"),
    fault(fetch, "kept_seconds", kept_for(0), "known-for-5-seconds", "default-0"),
    fault(fetch, "kept_seconds", kept_for(6), "unknown-after-5-seconds", "default-6"),
    fault(fetch, "kept_seconds", kept_without_a_cap, "unknown-after-a-day", "no-cap"),
    fault(
        fetch,
        "kept_seconds",
        as_in(KEPT_SECONDS, "fetch"),
        "chromium-negative",
        "as-in-fetch",
    ),
    fault(
        fetch,
        "kept_seconds",
        as_in(KEPT_SECONDS, "chromium"),
        "known-for-a-negative",
        "as-in-chromium",
    ),
    fault(
        fetch,
        "kept_seconds",
        lambda value, profile: KEPT_SECONDS(value, profile) or 5,
        "unknown-for-zero",
        "zero-is-none",
    ),
    fault(fetch, "needs_preflight", always(False), "listed", "never"),
    fault(CACHE, "covers", always(False), "known", "never"),
    fault(CACHE, "covers", always(True), "listed", "always"),
    fault(
        CACHE,
        "covers",
        lambda self, partition, request, unsafe: COVERS(
            self, partition, replace(request, use_preflight=False), unsafe
        ),
        "unknown-upload",
        "without-the-flag",
    ),
    fault(fetch, "SAFELISTED_METHODS", (), "kept-after-another-error", "none"),
    fault(cache, "SAFELISTED_METHODS", (), "known-header", "none-remembered"),
    fault(fetch, "includes_credentials", always(True), "cookies-omitted", "always"),
    fault(fetch, "includes_credentials", always(False), "cookies-included", "never"),
    fault(fetch, "send", send_with_cookies, "cookies-and-preflights", "with-cookies"),
    fault(fetch, "send", send_with_cookies, "cookies-omitted", "with-cookies-if-omitted"),
    fault(fetch, "send", send_keeping_cookies, "cookies-of-preflights", "keeps-cookies"),
    fault(fetch, "send", send_keeping_cookies, "cookies-ignored", "keeps-cookies-if-omitted"),
    fault(fetch, "read_data", lambda url: RawResponse(404, "", [], b""), "data", "not-found"),
    fault(fetch, "filtered", swap_tainting, "no-cors", "opaque-as-basic"),
    fault(responses, "exposed_names", always(set()), "exposed", "none"),
    fault(responses, "exposed_names", always(None), "exposed-nothing", "all"),
    fault(
        responses,
        "exposed_names",
        lambda raw, credentials: EXPOSED_NAMES(raw, False),
        "exposed-all-include",
        "wildcard-with-credentials",
    ),
    fault(
        responses,
        "exposed_names",
        lambda raw, credentials: EXPOSED_NAMES(raw, True),
        "exposed-all",
        "no-wildcard",
    ),
    fault(
        responses,
        "exposed_names",
        lambda raw, credentials: set(good_names(raw, "Access-Control-Expose-Headers") or []),
        "exposed",
        "in-one-case",
    ),
    fault(
        responses,
        "exposed_names",
        lambda raw, credentials: {
            name.lower() for name in good_names(raw, "Access-Control-Expose-Headers") or []
        },
        "exposed-malformed",
        "malformed",
    ),
    fault(responses, "FORBIDDEN_RESPONSE_HEADERS", frozenset(), "exposed-cookie", "none"),
    fault(responses, "SAFELISTED_RESPONSE_HEADERS", frozenset(), "safelisted", "none"),
    fault(cookies, "_allows_cross_site", always(True), "cookies-of-one-site", "ignored"),
    fault(
        cookies,
        "_allows_cross_site",
        always(True),
        "cookies-set-from-another-site",
        "ignored-when-set",
    ),
    fault(cookies, "_is_secure", always(True), "secure-cookies-without-encryption", "always"),
    fault(cookies, "_is_secure", always(False), "cookies-of-the-own-site", "never"),
    fault(
        cookies.SetCookie,
        "is_secure",
        property(always(True)),
        "cookies-with-same-site-none-but-not-secure",
        "not-needed",
    ),
    fault(
        cookies,
        "_suits_its_prefix",
        always(True),
        "cookies-that-do-not-suit-their-prefix",
        "always",
    ),
    fault(cookies, "_suits_its_prefix", always(False), "cookies-of-the-own-site", "never"),
    fault(cookies, "is_same_site", always(True), "cookies-of-one-site", "always"),
    fault(cookies, "is_same_site", always(True), "cookies-set-from-another-site", "always-set"),
    fault(cookies, "is_same_site", always(False), "cookies-of-the-own-site", "never"),
    fault(
        cookies,
        "is_same_site",
        lambda request, by_last_url: request.url.site == request.site_for_cookies,
        "cookies-after-another-site",
        "by-the-last-url",
    ),
    fault(URL, "site", property(always(None)), "cookies-of-one-site", "one-for-all"),
    fault(cookies, "to_send", always(None), "cookies-included", "none"),
    fault(cookies, "keep", always([]), "cookies-included", "none"),
    fault(fetch, "keep_cookies", DROPPED, "cookies-included", "none"),
    fault(fetch, "jar_for", lambda *_: CookieJar(), "cookies-included", "another"),
]


@pytest.mark.parametrize("name", SCENARIOS)
def test_without_a_fault_every_scenario_has_the_right_outcome(name):
    assert SCENARIOS[name].play() == SCENARIOS[name].right


@pytest.mark.parametrize(("owner", "attribute", "faulty", "caught"), FAULTS)
def test_a_fault_changes_the_outcome_of_a_scenario(monkeypatch, owner, attribute, faulty, caught):
    monkeypatch.setattr(owner, attribute, faulty)
    assert SCENARIOS[caught].play() != SCENARIOS[caught].right


ALGORITHMS = {
    "fetch",
    "main_fetch",
    "http_fetch",
    "preflight_fetch",
    "network_fetch",
    "follow_redirect",
    "store",
    "read_preflight",
}
"""Functions that only call the steps."""

DEPARTING = {"as_checked", "for_preflight", "asks_each_time"}
"""Functions that change nothing in the profile ``fetch``; ``test_departures`` has an example."""


@pytest.mark.parametrize(
    "owner", [checks, fetch, safelist, CACHE], ids=lambda owner: owner.__name__
)
def test_every_step_has_a_fault(owner):
    public = {
        name
        for name, value in vars(owner).items()
        if isfunction(value) and value.__module__.startswith("wsgicors.testing") and name[0] != "_"
    }
    faulted = {entry.values[1] for entry in FAULTS}
    assert public - faulted <= ALGORITHMS | DEPARTING
