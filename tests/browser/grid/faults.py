"""Faults of every layer but the policy, as cells of the grid."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.browser.grid.layers import (
    Caches,
    Catches,
    Crashes,
    Gate,
    Hides,
    Moves,
    Removes,
    Session,
    Writes,
)
from tests.browser.grid.model import Answer, Ask, Cell, Layer, Stack
from tests.browser.grid.policies import ALL, CUSTOM, ELSEWHERE, INCLUDE, JSON, PUT, THE_PAGE, TOKEN
from wsgicors.testing import checks

ORIGIN, CREDENTIALS = checks.ORIGIN, checks.CREDENTIALS
METHODS, HEADERS = checks.METHODS, checks.HEADERS

GOOD = {
    **THE_PAGE,
    "allow_credentials": True,
    "allow_headers": ["Content-Type", "X-Request-Id", "Authorization"],
}
"""A policy with which every request below passes."""

METHODS_SERVED = ["GET", "POST", "PUT", "PATCH"]
FRAMEWORKS = ("flask", "django", "falcon", "bottle", "pyramid", "werkzeug", "bare")
ROUTED = FRAMEWORKS[:-1]
GET = Ask()
PATCH = Ask("patch")
SECRET = replace(TOKEN, method="PUT")
TO_LOGIN = Answer("302 Found", (("Location", "{login}/authorize"),))
TO_HTTPS = Answer("308 Permanent Redirect", (("Location", "{secure}/items"),))
TO_OTHER = Answer("301 Moved Permanently", (("Location", "{other}/items"),))


def good(framework: str = "flask", **given: Any) -> Stack:
    """Return a stack without a fault, but for what is given."""
    if framework == "bare":
        return Stack(framework, {"wrapper": {**GOOD, "allow_methods": METHODS_SERVED}}, **given)
    return Stack(framework, {"view:items": GOOD}, **given)


def gate(code: str, when: str = "always", *lines: tuple[str, str], body: str = "no") -> Gate:
    return Gate(Answer(code, lines, body), when)


def answers_options(code: str = "204 No Content", *lines: tuple[str, str]) -> Gate:
    return gate(code, "options", *lines, body="")


BY_STAR = ((ORIGIN, "*"), (METHODS, "GET, POST"), (HEADERS, "*"))

Fault = tuple[str, tuple[Layer, ...], Ask, tuple[str, ...], str]
"""Its name, the layers, the request, the sides of the changes, and how it ends."""

LAYER = ("layer",)

OUTER: list[Fault] = [
    ("401 to all", (gate("401 Unauthorized"),), GET, LAYER, "names"),
    ("401 without a token", (gate("401 Unauthorized", "anonymous-actual"),), PUT, LAYER, "names"),
    ("401 to preflights", (gate("401 Unauthorized", "anonymous"),), SECRET, LAYER, "passes"),
    ("403 to PUT", (gate("403 Forbidden", "put"),), PUT, LAYER, "names"),
    ("403 to preflights", (gate("403 Forbidden", "preflight"),), PUT, LAYER, "passes"),
    ("429 to all", (gate("429 Too Many Requests"),), GET, LAYER, "names"),
    ("503 to all", (gate("503 Service Unavailable"),), GET, LAYER, "names"),
    ("503 to preflights too", (gate("503 Service Unavailable"),), PUT, LAYER, "names"),
    ("answers OPTIONS with 204", (answers_options(),), PUT, LAYER, "passes"),
    ("answers OPTIONS for any page", (answers_options("204 OK", *BY_STAR),), ALL, LAYER, "passes"),
    ("answers OPTIONS with 404", (answers_options("404 Not Found"),), PUT, LAYER, "passes"),
    ("answers OPTIONS with 405", (answers_options("405 Method Not Allowed"),), PUT, LAYER,
        "passes"),
    ("answers OPTIONS with 500", (answers_options("500 Oops"),), PUT, LAYER, "passes"),
    ("writes the origin again", (Writes(((ORIGIN, "{page}"),)),), GET, LAYER, "passes"),
    ("writes a star too", (Writes(((ORIGIN, "*"),)),), GET, LAYER, "passes"),
    ("writes a star instead", (Writes(((ORIGIN, "*"),), True),), INCLUDE, LAYER, "passes"),
    ("writes credentials again", (Writes(((CREDENTIALS, "true"),)),), INCLUDE, LAYER, "passes"),
    ("writes another origin", (Writes(((ORIGIN, ELSEWHERE),), True),), GET, LAYER, "passes"),
    ("writes the origin with a slash", (Writes(((ORIGIN, "{page}/"),), True),), GET, LAYER,
        "passes"),
    ("writes other methods", (Writes(((METHODS, "GET"),), True),), PUT, LAYER, "passes"),
    ("writes other names", (Writes(((HEADERS, "X-Other"),), True),), CUSTOM, LAYER, "passes"),
    ("removes the origin", (Removes((ORIGIN,)),), GET, LAYER, "passes"),
    ("removes all of CORS", (Removes(("Access-Control-",)),), ALL, LAYER, "passes"),
    ("removes credentials", (Removes((CREDENTIALS,)),), INCLUDE, LAYER, "passes"),
    ("removes the methods", (Removes((METHODS,)),), PUT, LAYER, "passes"),
    ("removes the names", (Removes((HEADERS,)),), CUSTOM, LAYER, "passes"),
    ("hides the origin", (Hides("HTTP_ORIGIN"),), GET, LAYER, "passes"),
    ("hides the origin of preflights", (Hides("HTTP_ORIGIN"),), PUT, LAYER, "passes"),
    ("hides the method", (Hides("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),), PUT, LAYER, "passes"),
    ("moves the path", (Moves("/v1"),), GET, LAYER, "passes"),
    ("crashes", (Crashes(), Catches()), GET, LAYER, "names"),
    ("crashes at preflights", (Crashes("options"), Catches()), PUT, LAYER, "passes"),
]  # fmt: skip

CACHES: list[Fault] = [
    ("without an origin", (Caches(),), GET, LAYER, "passes"),
    ("of another page", (Caches(ELSEWHERE),), GET, LAYER, "passes"),
    ("of preflights without an origin", (Caches("", ("OPTIONS",)),), PUT, LAYER, "passes"),
    ("of preflights of another page", (Caches(ELSEWHERE, ("OPTIONS",)),), PUT, LAYER, "passes"),
    ("without a trace", (Caches(lines=()),), GET, LAYER, "passes"),
]

LOGINS: list[Fault] = [
    ("to a provider", (Gate(TO_LOGIN, "anonymous"),), GET, LAYER, "names"),
    ("to a page of its own",
        (gate("302 Found", "anonymous-actual", ("Location", "/login?next=/items")),),
        GET, LAYER, "names"),
    ("of preflights", (Gate(TO_LOGIN, "anonymous"),), SECRET, LAYER, "passes"),
    ("of preflights to its own", (gate("302 Found", "anonymous", ("Location", "/login")),),
        SECRET, LAYER, "passes"),
]  # fmt: skip

REDIRECTS: list[Fault] = [
    ("to another host", (Gate(TO_OTHER),), GET, ("page",), "passes"),
    ("of preflights to another host", (Gate(TO_OTHER),), PUT, ("page",), "passes"),
    ("of all but preflights", (Gate(TO_OTHER, "actual"),), PUT, ("page",), "passes"),
    ("to https", (Gate(TO_HTTPS, "insecure"),), GET, ("page",), "passes"),
    ("of preflights to https", (Gate(TO_HTTPS, "insecure"),), PUT, ("page",), "passes"),
]


def outside() -> Iterator[Cell]:
    for layer, faults in (
        ("outside", OUTER), ("cache", CACHES), ("login", LOGINS), ("redirect", REDIRECTS)
    ):  # fmt: skip
        for framework in ("flask", "django", "falcon", "bare"):
            # Layers around an app do not depend on its framework, but must be found around it.
            every = 3 if framework in ("django", "falcon") else 1
            for fault, layers, ask, sides, ends in faults[::every]:
                if (framework, fault) == ("bare", "moves the path"):
                    continue  # the policy applies to all paths, so that the page can read the 404
                stack = good(framework, outer=layers)
                if layer == "cache":
                    ((key, settings),) = stack.policies.items()
                    two = {**(settings or {}), "allow_origins": ["{page}", ELSEWHERE]}
                    stack = stack.with_policy(key, two)
                yield Cell(layer, f"{framework}, {fault}", stack, ask, sides, ends)


def inside() -> Iterator[Cell]:
    for framework in ("flask", "werkzeug", "bare"):
        for status in ("401 Unauthorized", "403 Forbidden", "429 Too Many Requests", "500 Oops"):
            stack = good(framework, inner=(gate(status),))
            yield Cell("inside", f"{framework}, {status[:3]} to all", stack, GET, (), "names")
        written = (Writes(((ORIGIN, ELSEWHERE),)),)
        bare = replace(good(framework, inner=written), policies={})
        yield Cell("inside", f"{framework}, writes another origin", bare)
        crash = good(framework, inner=(Crashes(), Catches()))
        yield Cell("inside", f"{framework}, crashes", crash, GET, (), "names")
        to_login = good(framework, inner=(Gate(TO_LOGIN),))
        to_https = good(framework, inner=(Gate(TO_HTTPS, "insecure"),))
        yield Cell("redirect", f"{framework}, to https, inside", to_https, GET, ("page",))
        yield Cell("login", f"{framework}, to a provider, inside", to_login, GET, ends="names")


def views() -> Iterator[Cell]:
    for framework in FRAMEWORKS:
        for status in ("401 Unauthorized", "404 Not Found", "500 Oops"):
            stack = good(framework, answer=Answer(status))
            yield Cell("view", f"{framework}, {status[:3]}", stack, GET, (), "names")
            none = replace(stack, policies={})
            if framework in ROUTED:
                yield Cell(
                    "view", f"{framework}, {status[:3]} without a policy", none, ends="names"
                )
        for fault, location, sides, ends in (
            ("to another host", "{other}/items", ("page",), "passes"),
            ("with a password", "{other with a password}/items", ("server", "page"), "passes"),
            ("to a view without a policy", "/others", ("server",), "passes"),
            ("to a login", "{login}/authorize", ("server",), "names"),
            ("to itself", "/items", ("server",), "passes"),
            ("to nothing", "http://", ("server",), "passes"),
            ("to data", "data:,x", ("server",), "passes"),
        ):
            stack = good(framework, answer=Answer("302 Found", (("Location", location),)))
            if framework in ROUTED or location != "/others":
                yield Cell("redirect", f"{framework}, view, {fault}", stack, GET, sides, ends)
        if framework in ROUTED:
            own = Answer(headers=((ORIGIN, ELSEWHERE),))
            none = Stack(framework, {}, answer=own)
            yield Cell("view", f"{framework}, writes another origin", none)
    for framework in ("flask", "bottle", "pyramid", "werkzeug", "django"):
        hidden = good(framework, hides=True)
        yield Cell("view", f"{framework}, a decorator hides the policy", hidden)
        narrow = replace(hidden, policies={"view:items": {"allow_origins": [ELSEWHERE]}})
        yield Cell("view", f"{framework}, a decorator hides a narrow policy", narrow, ALL)


def frameworks() -> Iterator[Cell]:
    for name in ROUTED:
        nowhere = Ask(url="{api}/item")
        yield Cell("framework", f"{name}, unknown URL", good(name), nowhere, ("page",))
        narrow = replace(good(name), policies={"default": {"allow_origins": [ELSEWHERE]}})
        yield Cell("framework", f"{name}, unknown URL by default", narrow, nowhere, ("page",))
        few = good(name, methods=("GET",))
        # A view of Django answers 405 itself.
        sides, ends = ((), "names") if name == "django" else (("server",), "passes")
        yield Cell("framework", f"{name}, method not served", few, PUT, sides, ends)
        both = replace(few, policies={"view:items": {"allow_origins": [ELSEWHERE]}})
        yield Cell("framework", f"{name}, method not served, other origin", both, PUT, ends=ends)
        yield Cell("page", f"{name}, method in lower case", good(name), PATCH, ("page",))
    for name in ("flask", "werkzeug", "django"):
        asked = Ask(url="{api}/slashed")
        either = ("server|page",)
        yield Cell("framework", f"{name}, appends a slash", good(name), asked, either)
        slashed = replace(asked, method="PUT")
        if name != "django":
            yield Cell("framework", f"{name}, appends a slash to PUT", good(name), slashed, either)


def pages() -> Iterator[Cell]:
    page = ("page",)
    star = Stack("flask", {"view:items": {"allow_origins": "*"}})
    answers = Ask(headers=((ORIGIN, "*"),))
    for name, stack, ask, sides in (
        ("mode same-origin", good(), Ask(mode="same-origin"), page),
        ("opaque origin", good(), Ask(opaque=True), page),
        ("opaque origin, credentials", good(), Ask(opaque=True, credentials="include"), page),
        ("sends a response header", good(), answers, page),
        ("sends a response header, PUT", good(), replace(answers, method="PUT"), page),
        ("lower case, and a header", star, replace(PATCH, headers=CUSTOM.headers), page),
    ):
        for framework in ("flask", "django", "bare"):
            key = "wrapper" if framework == "bare" else "view:items"
            (settings,) = stack.policies.values()
            made = Stack(framework, {key: settings})
            yield Cell("page", f"{framework}, {name}", made, ask, sides)
    to_other = good(answer=TO_OTHER)
    yield Cell("page", "redirect error", to_other, Ask(redirect="error"), ("page",))


BY_HAND: dict[str, tuple[tuple[Layer, ...], Ask]] = {
    "nothing": ((), GET),
    "another origin": ((Writes(((ORIGIN, ELSEWHERE),)),), GET),
    "no scheme": ((Writes(((ORIGIN, "page.localhost"),)),), GET),
    "a slash": ((Writes(((ORIGIN, "{page}/"),)),), GET),
    "null": ((Writes(((ORIGIN, "null"),)),), GET),
    "two lines": ((Writes(((ORIGIN, "{page}"), (ORIGIN, "{page}"))),), GET),
    "a list": ((Writes(((ORIGIN, "{page}, *"),)),), GET),
    "a misspelt name": ((Writes((("Acess-Control-Allow-Origin", "*"),)),), GET),
    "a star with credentials": ((Writes(((ORIGIN, "*"), (CREDENTIALS, "true"))),), INCLUDE),
    "no credentials": ((Writes(((ORIGIN, "{page}"),)),), INCLUDE),
    "credentials in capitals": (
        (Writes(((ORIGIN, "{page}"), (CREDENTIALS, "True"))),), INCLUDE),
    "no methods": ((Writes(((ORIGIN, "*"),)), answers_options("204 OK", (ORIGIN, "*"))), PUT),
    "other methods": (
        (Writes(((ORIGIN, "*"),)), answers_options("204 OK", *BY_STAR)), PUT),
    "methods without commas": (
        (Writes(((ORIGIN, "*"),)),
         answers_options("204 OK", (ORIGIN, "*"), (METHODS, "GET PUT"))), PUT),
    "no names": ((Writes(((ORIGIN, "*"),)), answers_options("204 OK", (ORIGIN, "*"))), CUSTOM),
    "names with semicolons": (
        (Writes(((ORIGIN, "*"),)),
         answers_options("204 OK", (ORIGIN, "*"), (HEADERS, "X-Request-Id; X"))), CUSTOM),
    "no Authorization": (
        (Writes(((ORIGIN, "*"),)),
         answers_options("204 OK", (ORIGIN, "*"), (HEADERS, "X-Other"))), TOKEN),
    "stars with credentials": (
        (Writes(((ORIGIN, "{page}"), (CREDENTIALS, "true"))),
         answers_options("204 OK", (ORIGIN, "{page}"), (CREDENTIALS, "true"), (METHODS, "*"),
                         (HEADERS, "*"))), ALL),
    "only a preflight": ((answers_options("204 OK", (ORIGIN, "*"), (METHODS, "PUT")),), PUT),
    "only responses": ((Writes(((ORIGIN, "*"),), on="actual"), answers_options()), PUT),
    "JSON": ((Writes(((ORIGIN, "*"),)), answers_options("204 OK", (ORIGIN, "*"))), JSON),
}  # fmt: skip
"""Header lines of an API without wsgicors."""


def by_hand() -> Iterator[Cell]:
    for fault, (layers, ask) in BY_HAND.items():
        yield Cell("by hand", fault, Stack("bare", {}, outer=layers), ask)


COOKIES = {
    "SameSite=Lax": "session=1; SameSite=Lax; Secure",
    "SameSite=Strict": "sid=1; SameSite=Strict; Secure",
    "no SameSite": "sessionid=1; Path=/",
    "SameSite=None without Secure": "sid=1; SameSite=None",
    "Domain of another host": "sid=1; SameSite=None; Secure; Domain=elsewhere.example",
    "__Host- without Path": "__Host-sid=1; SameSite=None; Secure",
    "Lax, and another Domain": "sid=1; SameSite=Lax; Domain=elsewhere.example",
}
"""Cookies that browsers drop."""


def cookies() -> Iterator[Cell]:
    for framework in ("flask", "werkzeug", "bare"):
        for fault, line in COOKIES.items():
            for shown, credentials in (("", "include"), (", without credentials", "same-origin")):
                stack = good(framework, inner=(Session(line),))
                ask = Ask(url="{shop}/items", credentials=credentials)
                name = f"{framework}, {fault}{shown}"
                yield Cell("cookie", name, stack, ask, (), is_about_cookies=True)


def cells() -> Iterator[Cell]:
    for part in (cookies, outside, inside, views, frameworks, pages, by_hand):
        yield from part()
