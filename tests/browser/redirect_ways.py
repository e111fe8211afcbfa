"""The ways in which redirects can block a page: servers that redirect, and the change for each."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, redirect, request

from tests.browser.ways import ANYBODY, PUT, App, Site, Way, policy, raw
from wsgicors import CORSMiddleware
from wsgicors.explaining import Fix
from wsgicors.flask import CORS, cors
from wsgicors.testing import checks

Serve = Callable[[Site, Fix | None], Mapping[str, App]]

ABSENT, STATUS = checks.NO_ORIGIN, checks.BAD_STATUS
LOGIN = "{other}/authorize?client_id=1"


def answer(status: str, *lines: str) -> App:
    """Return an app that always answers the same."""

    def app(environ: dict[str, Any], start_response: App) -> list[bytes]:
        start_response(status, [tuple(line.split(": ", 1)) for line in lines])
        return []

    return app


LOGIN_PAGE = answer("200 OK", "Content-Type: text/html")


def lines_of(change: Fix) -> list[str]:
    return [": ".join(line) for line in change.headers]


def by_hand(location: str, *lines: str) -> Serve:
    """Redirect, and answer 401 once that is the change, with its header lines."""

    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        app = answer("302 Found", f"Location: {site.fill(location)}", *lines)
        if change:
            app = answer("401 Unauthorized", *lines, *lines_of(change))
        return {site.api: app, site.other: LOGIN_PAGE}

    return serve


def by_a_view(location: str, **settings: Any) -> Serve:
    """Redirect in a view with a policy."""

    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        app = Flask("api")
        CORS(app)

        @app.get("/items")
        @cors(policy(site, settings, change))
        def items() -> Any:
            if change and request.headers["Sec-Fetch-Mode"] != "navigate":
                return {}, 401
            return redirect(site.fill(location))

        return {site.api: app, site.other: LOGIN_PAGE}

    return serve


def outside(location: str, *, of_preflights: bool = False) -> Serve:
    """Redirect in a gate around an app with a policy, until the change removes it."""

    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        inner = CORSMiddleware(raw, allow_origins=[site.page], allow_methods=["PUT"])

        def gate(environ: dict[str, Any], start_response: App) -> Any:
            is_wanted = not of_preflights or environ["REQUEST_METHOD"] == "OPTIONS"
            if is_wanted and not change:
                return answer("302 Found", f"Location: {location}")(environ, start_response)
            return inner(environ, start_response)

        return {site.api: gate}

    return serve


def moved(location: str, *lines: str, **settings: Any) -> Serve:
    """Redirect ``/items`` with header lines; an app with a policy serves all other URLs."""

    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        made = policy(site, {"allow_methods": ["PUT"], **settings}, change)
        target = site.fill(location)
        moving = answer("308 Permanent Redirect", f"Location: {target}", *lines)
        wrapped = CORSMiddleware(raw, made)

        def app(environ: dict[str, Any], start_response: App) -> Any:
            served = moving if environ["PATH_INFO"] == "/items" else wrapped
            return served(environ, start_response)

        return {site.api: app, site.other: wrapped}

    return serve


def until_changed(location: str) -> Serve:
    """Redirect without header lines, until the change ends that."""

    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        ended = answer("200 OK", f"{checks.ORIGIN}: {site.page}")
        return {site.api: ended if change else answer("302 Found", f"Location: {location}")}

    return serve


THE_PAGE = {"allow_origins": ["{page}"]}
NOBODY_HERE = {"allow_origins": ["https://elsewhere.example"]}
AT_SLASH, AT_OTHER = {"path": "/items/"}, {"server": "other"}
PERMITS = f"{checks.METHODS}: PUT"

WAYS = [
    Way("login-of-a-view", ABSENT, by_a_view(LOGIN, **THE_PAGE), {},
        "the view 'items' (tests/browser/redirect_ways.py:"),
    Way("login-of-a-view-and-its-policy", ABSENT, by_a_view(LOGIN, **NOBODY_HERE), {},
        "Set allow_origins=["),
    Way("login-by-hand", ABSENT, by_hand(LOGIN), {}, "Have the server answer 401 with"),
    Way("login-by-hand-with-headers", ABSENT, by_hand(LOGIN, ANYBODY), {},
        "Have the server answer 401 instead of redirecting"),
    Way("login-by-hand-with-credentials", ABSENT, by_hand("/login?next=/items"),
        {"credentials": "include"}, checks.CREDENTIALS),
    Way("login-without-its-words", ABSENT, by_hand("{other}/", ANYBODY), {}, "answer 401"),
    Way("login-outside-the-policy", ABSENT, outside("/login?next=/items"), {},
        "), outside the policy, answer 401", is_of_layer=True),
    Way("login-of-preflights", ABSENT, outside("/login?next=/", of_preflights=True), PUT,
        "Let preflights (OPTIONS /items) pass 'serve.gate' (", is_of_layer=True),
    Way("redirect-of-preflights", ABSENT, outside("shop:open", of_preflights=True), PUT,
        "Let preflights (OPTIONS /items) pass what redirects them", is_of_layer=True),
    Way("preflight-slash", ABSENT, moved("/items/", **THE_PAGE), PUT,
        "/items/ directly: browsers do not follow", {**PUT, **AT_SLASH}),
    Way("preflight-slash-with-headers", STATUS, moved("/items/", ANYBODY, PERMITS, **THE_PAGE),
        PUT, "/items/ directly: browsers do not follow", {**PUT, **AT_SLASH}),
    Way("preflight-elsewhere", ABSENT, moved("{other}/things", **THE_PAGE), PUT,
        "/things directly: browsers do not follow", {**PUT, **AT_OTHER, "path": "/things"}),
    Way("preflight-slash-and-the-policy", ABSENT, moved("/items/", **NOBODY_HERE), PUT,
        "Set allow_origins=[", {**PUT, **AT_SLASH}),
    Way("host-moved", ABSENT, moved("{other}/items/", **THE_PAGE), {},
        "directly: after a redirect to another origin", {**AT_SLASH, **AT_OTHER}),
    Way("host-moved-and-the-policy", ABSENT, moved("{other}/items/", **NOBODY_HERE), {},
        "Set allow_origins=[", {**AT_SLASH, **AT_OTHER}),
    Way("slash-without-headers", ABSENT, moved("/items/", **THE_PAGE), {},
        "directly: the redirect leads to the same resource", AT_SLASH),
    Way("loop", ABSENT, until_changed("/items"), {}, "End the loop of redirects: http"),
    Way("location-invalid", ABSENT, until_changed("http://"), {}, "send a valid URL in the"),
    Way("location-ftp", ABSENT, until_changed("ftp://a/"), {}, "to an http: or https: URL"),
    Way("location-data", ABSENT, until_changed("data:,a"), {}, "send the content of the data:"),
]  # fmt: skip
"""Every way that is tested."""
