"""Pages, layers and header lines that are wrong, and the change for each.

The ways of :mod:`.ways` have policies and header lines that lack something.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask

from tests.browser.ways import (
    ABSENT,
    ALLOWS_PUT,
    ANYBODY,
    AUTHORIZATION,
    CREDENTIALS,
    CUSTOM,
    ELSEWHERE,
    INCLUDE,
    METHOD,
    MISMATCH,
    NAMES,
    NO_CREDENTIALS,
    ORIGIN,
    PUT,
    THE_PAGE,
    TOKEN,
    TRUE,
    App,
    Site,
    Way,
    by_hand,
    in_flask,
    on_a_view,
    without,
)
from wsgicors import Policy
from wsgicors.explaining import Fix
from wsgicors.flask import CORS


def _answer() -> str:
    return "ok"


def inside(layer: Callable[[App], App]) -> Callable[[Site, Fix | None], Mapping[str, App]]:
    """Put a layer around CORS; after the change, CORS is around the layer."""

    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        app = Flask("api")
        app.add_url_rule("/items", "items", _answer, methods=["GET", "PUT"])
        allowed = Policy([site.page], allow_credentials=True, allow_headers=["Authorization"])
        if change:
            vars(app)["wsgi_app"] = layer(app.wsgi_app)
            CORS(app, allowed)
        else:
            CORS(app, allowed)
            vars(app)["wsgi_app"] = layer(app.wsgi_app)
        return {site.api: app}

    return serve


def gate(status: str, *lines: tuple[str, str], to: str = "") -> Callable[[App], App]:
    """Make a layer that answers requests with a method itself, or all."""

    def layer(app: App) -> App:
        def gated(environ: dict[str, Any], start_response: App) -> Any:
            if to not in ("", environ["REQUEST_METHOD"]):
                return app(environ, start_response)
            start_response(status, [*lines])
            return []

        return gated

    return layer


def rewriting(change: Callable[[list[tuple[str, str]]], Any]) -> Callable[[App], App]:
    """Make a layer that changes the headers of responses."""

    def layer(app: App) -> App:
        def rewritten(environ: dict[str, Any], start_response: App) -> Any:
            def start(status: str, lines: list[tuple[str, str]], exc_info: Any = None) -> Any:
                return start_response(status, change(lines))

            return app(environ, start)

        return rewritten

    return layer


def in_front(
    status: str, *lines: str, preflight: bool = False
) -> Callable[[Site, Fix | None], Mapping[str, App]]:
    """Let a layer answer in place of a server whose headers are right, until the change.

    :param preflight: whether it answers preflights, not the requests themselves.
    """

    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        right = by_hand(THE_PAGE, TRUE, ALLOWS_PUT)(site, None)
        server = right[site.api]

        def front(environ: dict[str, Any], start_response: App) -> Any:
            asks = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
            if change or asks != preflight:
                return server(environ, start_response)
            start_response(status, [tuple(site.fill(line).split(": ", 1)) for line in lines])
            return []

        return {**right, site.api: front}

    return serve


def refusing(site: Site, change: Fix | None) -> Mapping[str, App]:
    """Refuse preflights with the words of another library."""
    if change:
        return by_hand(THE_PAGE, ALLOWS_PUT)(site, None)

    def app(environ: dict[str, Any], start_response: App) -> list[bytes]:
        start_response("400 Bad Request", [("Content-Type", "text/plain")])
        return [b"Disallowed CORS origin"]

    return {site.api: app}


WAYS = [
    Way("page-asks-for-options", METHOD, without("OPTIONS"), {"method": "OPTIONS"},
        "List 'OPTIONS' among the methods of the route to the view '_answer' (tests/"),
    Way("view-opaque-page-with-credentials", ABSENT, in_flask(on_a_view, allow_origins=["{page}"],
        allow_credentials=True), {"opaque": True, **INCLUDE}, "Serve the page from an origin of",
        INCLUDE),
    Way("view-page-sends-a-response-header", ABSENT, in_flask(on_a_view,
        allow_origins=[ELSEWHERE]), {"headers": {ORIGIN: "*", "X-Request-Id": "1"}},
        "'access-control-allow-origin': remove it, because only the server sends it), and set",
        CUSTOM),
    Way("view-patch-in-lower-case-elsewhere", ABSENT, in_flask(on_a_view,
        allow_origins=[ELSEWHERE]), {"method": "patch"}, "Use 'PATCH' in the page",
        {"method": "PATCH"}),
    Way("view-star-in-expose-headers", NO_CREDENTIALS, in_flask(on_a_view,
        allow_origins=["{page}"], expose_headers="*"), INCLUDE, "list in expose_headers what"),
    Way("hand-page-sends-a-response-header", NAMES, by_hand(ANYBODY),
        {"headers": {ORIGIN: "*"}}, "remove it, because only the server sends it", {}),
    Way("hand-method-in-lower-case", METHOD, by_hand(ANYBODY), {"method": "patch"},
        "Use 'PATCH' in the page", {"method": "PATCH"}),
    Way("hand-opaque-page-with-credentials", MISMATCH, by_hand(THE_PAGE, TRUE),
        {"opaque": True, **INCLUDE}, "Serve the page from an origin of its own", INCLUDE),
    Way("hand-misspelt", ABSENT, by_hand("Access-Control-Allow-Origins: {page}"), {},
        "Rename the header 'Access-Control-Allow-Origins' to"),
    Way("hand-quotes", MISMATCH, by_hand(f"{ORIGIN}: '{{page}}'"), {}, "has quotes around it"),
    Way("hand-path", MISMATCH, by_hand(f"{THE_PAGE}/page"), {}, "has a path, which"),
    Way("hand-scheme", MISMATCH, by_hand(f"{ORIGIN}: HTTP://PAGE.LOCALHOST"), {},
        "is not in lower case"),
    Way("hand-pattern", MISMATCH, by_hand(f"{ORIGIN}: http://*.localhost"), {},
        "has a wildcard, which browsers do not read"),
    Way("hand-variable", MISMATCH, by_hand(f"{ORIGIN}: $http_origin"), {},
        "looks like a variable that the server has not replaced"),
    Way("hand-credentials-twice", NO_CREDENTIALS, by_hand(THE_PAGE, TRUE, TRUE), INCLUDE,
        "Remove one of the two layers that write Access-Control-Allow-Credentials"),
    Way("refused-by-another-library", ABSENT, refusing, PUT, "refused the preflight with 'Disallo"),
    Way("layer-login", ABSENT, inside(gate("401 Unauthorized")), {},
        "Apply CORS outside of 'layer.gated' (tests/browser/layer_ways.py:", None, True),
    Way("layer-login-and-preflight", ABSENT, inside(gate("401 Unauthorized")), PUT,
        "Let OPTIONS requests with Access-Control-Request-Method pass 'layer.gated'", None, True),
    Way("layer-maintenance", ABSENT, inside(gate("503 Later", to="OPTIONS")), PUT,
        "Let preflights pass 'layer.gated'", None, True),
    Way("layer-answers-options", AUTHORIZATION, inside(gate("204 No Content", (ORIGIN, "*"),
        to="OPTIONS")), TOKEN, "Remove the CORS headers from 'layer.gated'", None, True),
    Way("layer-adds-a-line", MISMATCH, inside(rewriting(lambda lines: [*lines, (ORIGIN, "*")])), {},
        "Remove 'Access-Control-Allow-Origin: *', which 'layer.rewritten'", None, True),
    Way("layer-removes-a-line", NO_CREDENTIALS, inside(rewriting(lambda lines: [
        line for line in lines if line[0] != CREDENTIALS])), INCLUDE,
        "pass on 'Access-Control-Allow-Credentials: true'", None, True),
    Way("layer-replaces-a-line", MISMATCH, inside(rewriting(lambda lines: [
        (name, ELSEWHERE if name == ORIGIN else value) for name, value in lines])), {},
        f"Remove 'Access-Control-Allow-Origin: {ELSEWHERE}'", None, True),
    Way("gateway-502", ABSENT, in_front("502 Bad Gateway", "Server: nginx"), PUT,
        "Another layer (Server: nginx) answered 502 Bad Gateway", None, True),
    Way("gateway-413", ABSENT, in_front("413 Content Too Large"), PUT,
        "answered 413 Content Too Large without CORS headers after", None, True),
    Way("gateway-504-without-preflight", ABSENT, in_front("504 Gateway Timeout"), {},
        "answered 504 Gateway Timeout without CORS headers: find out", None, True),
    Way("gateway-404", ABSENT, in_front("404 Not Found"), PUT,
        "Another part of the server answered 404 Not Found", None, True),
    Way("gateway-login", ABSENT, in_front("401 Unauthorized", preflight=True), PUT,
        "pass the login check: it answered 401", None, True),
    Way("cached-without-origin", ABSENT, in_front("200 OK", "Age: 9", "X-Cache: HIT"), {},
        "A cache (Age: 9; X-Cache: HIT) answered with what it had stored without", None, True),
    Way("cached-for-another-origin", MISMATCH, in_front("200 OK", f"{ORIGIN}: {ELSEWHERE}",
        "Age: 9", "Vary: Origin"), {}, "Have the cache heed 'Vary: Origin'", None, True),
]  # fmt: skip
"""Every way that is tested."""
