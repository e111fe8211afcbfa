"""The ways in which a browser can block a page: misconfigured apps, and the change for each.

``{page}``, ``{api}`` and ``{other}`` are replaced by the origins of the page and of two servers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import Blueprint, Flask
from flask.views import MethodView
from flask_cors import CORS as FlaskCORS  # noqa: N811 - both extensions call it so
from werkzeug.routing import Map, Rule

from wsgicors import CORSMiddleware, Policy
from wsgicors.explaining import Fix
from wsgicors.flask import CORS, cors
from wsgicors.testing import checks, fetch
from wsgicors.werkzeug import CORS as WerkzeugCORS  # noqa: N811

App = Callable[..., Any]

ORIGIN, CREDENTIALS = checks.ORIGIN, checks.CREDENTIALS
METHODS, HEADERS = checks.METHODS, checks.HEADERS
ELSEWHERE = "https://elsewhere.example"

PUT = {"method": "PUT"}
INCLUDE = {"credentials": "include"}
CUSTOM = {"headers": {"X-Request-Id": "1"}}
TOKEN = {"headers": {"Authorization": "Bearer 1"}}


class Site(NamedTuple):
    """The origins of a page and of two servers."""

    page: str
    api: str
    other: str

    def fill(self, value: Any) -> Any:
        """Replace the names of origins in a value."""
        if isinstance(value, str):
            return value.format(**self._asdict()) if "{" in value else value
        return [self.fill(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Way:
    """One way to be blocked."""

    id: str
    step: str
    serve: Callable[[Site, Fix | None], Mapping[str, App]]
    """Makes the servers, with the change applied if there is one."""
    request: Mapping[str, Any]
    says: str
    """A part of the sentence of the change."""
    repaired: Mapping[str, Any] | None = None
    """The request after the change, if the page has to change."""
    is_of_layer: bool = False
    """Whether the change is that of a layer around the app or in front of the server."""

    @property
    def side(self) -> str:
        """Who has to change."""
        if self.is_of_layer:
            return "layer"
        return "server" if self.repaired is None else "page"


# A policy of wsgicors, in each of the places where it can be set.


def policy(site: Site, settings: dict[str, Any] | None, change: Fix | None) -> Policy | None:
    changes = dict(change.settings) if change else {}
    if settings is None:
        return Policy(**changes) if changes else None
    made = Policy(**{name: site.fill(value) for name, value in settings.items()})
    return made.derive(**changes) if changes else made


def _answer() -> str:
    return "ok"


def on_a_view(app: Flask, given: Policy | None) -> None:
    CORS(app)

    @app.route("/items", methods=["GET", "PUT", "PATCH"])
    @cors(given)
    def items() -> str:
        return "ok"


def on_a_class(app: Flask, given: Policy | None) -> None:
    CORS(app)

    class Items(MethodView):
        @cors(given)
        def put(self) -> str:
            return "ok"

    app.add_url_rule("/items", view_func=Items.as_view("items"))


def undecorated(app: Flask, given: Policy | None) -> None:
    CORS(app, endpoints={"items": given} if given else {})
    app.add_url_rule("/items", "items", _answer)


def undecorated_with_a_slash(app: Flask, given: Policy | None) -> None:
    CORS(app, endpoints={"items": given} if given else {})
    app.add_url_rule("/items/", "items", _answer, methods=["PUT"])


def in_endpoints(app: Flask, given: Policy | None) -> None:
    CORS(app, endpoints={"items": given})
    app.add_url_rule("/items", "items", _answer, methods=["GET", "PUT"])


def on_a_blueprint(app: Flask, given: Policy | None) -> None:
    CORS(app, blueprints={"api": given})
    api = Blueprint("api", __name__)
    api.add_url_rule("/items", "items", _answer)
    app.register_blueprint(api)


def by_default(app: Flask, given: Policy | None) -> None:
    CORS(app, given)
    app.add_url_rule("/items", "items", _answer)


def by_name(app: Flask, given: Policy | None) -> None:
    CORS(app, policies={"api": given})
    app.add_url_rule("/items", "items", cors("api")(lambda: "ok"))


def in_flask(
    write: Callable[[Flask, Policy | None], None], **settings: Any
) -> Callable[[Site, Fix | None], Mapping[str, App]]:
    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        app = Flask("api")
        write(app, policy(site, settings or None, change))
        return {site.api: app}

    return serve


def without(
    method: str, origins: Sequence[str] = ("{page}",)
) -> Callable[[Site, Fix | None], Mapping[str, App]]:
    """Serve a URL without a method until the change, which may widen the policy too."""

    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        app = Flask("api")
        CORS(app, policy(site, {"allow_origins": [*origins]}, change))
        methods = ["GET", method] if change else ["GET"]
        app.add_url_rule("/items", "items", _answer, methods=methods)
        return {site.api: app}

    return serve


def in_werkzeug(**settings: Any) -> Callable[[Site, Fix | None], Mapping[str, App]]:
    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        rules = Map([Rule("/items", endpoint="items")])
        made = policy(site, settings, change)
        return {site.api: WerkzeugCORS(raw, rules, {"items": cors(made)(_View())})}

    return serve


class _View:
    """A view that is not a function, and so has no line."""

    def __call__(self) -> str:
        raise NotImplementedError


def raw(environ: dict[str, Any], start_response: App) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]


def around(**settings: Any) -> Callable[[Site, Fix | None], Mapping[str, App]]:
    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        return {site.api: CORSMiddleware(raw, policy(site, settings, change))}

    return serve


def resolved(site: Site, change: Fix | None) -> Mapping[str, App]:
    made = policy(site, None, change)
    return {site.api: CORSMiddleware(raw, resolve=lambda environ, method: made)}


# Headers that are set by hand.


def by_hand(
    *lines: str,
    preflight: tuple[str, ...] | None = None,
    status: str = "204 No Content",
    to: str = "",
) -> Callable[[Site, Fix | None], Mapping[str, App]]:
    """Respond with header lines; those of the change replace lines of the same name.

    :param preflight: the header lines of preflight responses, if they differ.
    :param to: the URL to which all other requests are redirected.
    """

    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        def app(environ: dict[str, Any], start_response: App) -> list[bytes]:
            asks = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
            given = lines if preflight is None or not asks else preflight
            headers = [tuple(site.fill(line).split(": ", 1)) for line in given]
            for name, value in change.headers if change else ():
                if asks or name in (ORIGIN, CREDENTIALS, "Vary"):
                    headers = [line for line in headers if line[0] != name]
                    headers.append((name, value))
            sent = status if asks else "307 Temporary Redirect" if to else "200 OK"
            if asks and change and change.status:
                sent = f"{change.status} OK"
            if to and not asks:
                headers.append(("Location", site.fill(to)))
            start_response(sent, headers)
            return []

        anybody = CORSMiddleware(raw, allow_origins=[site.page])
        return {site.api: app, site.other: anybody}

    return serve


def with_userinfo(site: Site, change: Fix | None) -> Mapping[str, App]:
    user = "" if change else "user:password@"
    to = site.other.replace("//", f"//{user}") + "/"
    servers = by_hand(f"{ORIGIN}: {{page}}", to=to)(site, None)
    return {**servers, site.other: by_hand(f"{ORIGIN}: *")(site, None)[site.api]}


# Flask-CORS.

OPTIONS = {
    ORIGIN: "origins",
    CREDENTIALS: "supports_credentials",
    METHODS: "methods",
    HEADERS: "allow_headers",
}


def in_flask_cors(**options: Any) -> Callable[[Site, Fix | None], Mapping[str, App]]:
    def serve(site: Site, change: Fix | None) -> Mapping[str, App]:
        given = {name: site.fill(value) for name, value in options.items()}
        lines = dict(change.headers) if change else {}
        lines.pop("Vary", None)  # Flask-CORS sends it by itself
        for name, value in lines.items():
            read = True if name == CREDENTIALS else re.split(", *", value)
            given[OPTIONS[name]] = read
            given.pop("resources", None)
        app = Flask("api")
        app.add_url_rule("/items", "items", _answer, methods=["GET", "PUT"])
        FlaskCORS(app, **given)
        return {site.api: app}

    return serve


def written_twice(site: Site, change: Fix | None) -> Mapping[str, App]:
    """Let Flask-CORS and a hook of the app write the same header."""
    app = Flask("api")
    app.add_url_rule("/items", "items", _answer)
    if not change:

        @app.after_request
        def add_header(response: Any) -> Any:
            response.headers.add(ORIGIN, site.page)
            return response

    FlaskCORS(app, origins=[site.page])
    return {site.api: app}


ANYBODY, THE_PAGE = f"{ORIGIN}: *", f"{ORIGIN}: {{page}}"
TRUE = f"{CREDENTIALS}: true"
ALLOWS_PUT = f"{METHODS}: GET, PUT"

ABSENT, MISMATCH = checks.NO_ORIGIN, checks.ORIGIN_MISMATCH
METHOD, NAMES = checks.METHOD_NOT_ALLOWED, checks.HEADERS_NOT_ALLOWED
STATUS, NO_CREDENTIALS = checks.BAD_STATUS, checks.NO_CREDENTIALS
AUTHORIZATION = checks.AUTHORIZATION_NOT_LISTED

WAYS = [
    Way("view-origin", ABSENT, in_flask(on_a_view, allow_origins=[ELSEWHERE]), {},
        ", which the view 'items' (tests/browser/ways.py:"),
    Way("view-none", ABSENT, in_flask(on_a_view), {}, "Replace the @cors(None) of the view"),
    Way("view-undecorated", ABSENT, in_flask(undecorated), {},
        "Decorate the view '_answer' (tests/"),
    Way("view-credentials", NO_CREDENTIALS, in_flask(on_a_view,
        allow_origins=["{page}"]), INCLUDE, "Set allow_credentials=True in"),
    Way("view-anybody-with-credentials", MISMATCH, in_flask(on_a_view, allow_origins="*"), INCLUDE,
        "because '*' is not accepted with credentials"),
    Way("view-methods", METHOD, in_flask(on_a_view, allow_origins="*", allow_methods=["PATCH"]),
        PUT, 'Set allow_methods=["PATCH", "PUT"] in'),
    Way("view-safelisted-method", STATUS, in_flask(on_a_view, allow_origins="*",
        allow_methods=["PATCH"], allow_headers=["X-Request-Id"]), CUSTOM,
        'Set allow_methods=["PATCH", "GET"] in'),
    Way("view-headers", NAMES, in_flask(on_a_view, allow_origins="*"), CUSTOM,
        'Set allow_headers=["Content-Type", "x-request-id"] in'),
    Way("view-wildcard-and-authorization", AUTHORIZATION,
        in_flask(on_a_view, allow_origins="*", allow_headers="*"), TOKEN,
        'Set allow_headers=["*", "authorization"] in'),
    Way("view-method-in-lower-case", METHOD, in_flask(on_a_view, allow_origins="*"),
        {"method": "patch"}, "Use 'PATCH' in the page", {"method": "PATCH"}),
    Way("view-opaque-page", ABSENT, in_flask(on_a_view, allow_origins=["{page}"]),
        {"opaque": True}, "Serve the page from an origin of its own", {}),
    Way("class-origin", ABSENT, in_flask(on_a_class, allow_origins=[ELSEWHERE]), PUT,
        ", which the view 'Items.put' (tests/browser/ways.py:"),
    Way("endpoints-origin", ABSENT, in_flask(in_endpoints, allow_origins=[ELSEWHERE]), PUT,
        "in the policy endpoints['items'] (tests/browser/ways.py:"),
    Way("endpoints-none", ABSENT, in_flask(in_endpoints), PUT, "Replace the None in endpoints["),
    Way("blueprint-origin", ABSENT, in_flask(on_a_blueprint, allow_origins=[ELSEWHERE]), {},
        "in the policy blueprints['api'] (tests/browser/ways.py:"),
    Way("default-headers", NAMES, in_flask(by_default, allow_origins="*"), CUSTOM,
        '@cors("default", allow_headers=['),
    Way("default-of-unknown-urls", ABSENT, in_flask(by_default, allow_origins=[ELSEWHERE]),
        {"path": "/unknown"}, "Check the URL: no view serves it, so correct it or add a route; to "
        "let pages read 404s, set allow_origins=", {"path": "/unknown"}),
    Way("name-headers", NAMES, in_flask(by_name, allow_origins="*"), CUSTOM,
        "in the policy 'api' (tests/browser/ways.py:"),
    Way("url-unknown", ABSENT, in_flask(on_a_view, allow_origins="*"), {"path": "/item"},
        "Check the URL", {}),
    Way("url-without-its-slash", ABSENT, in_flask(undecorated_with_a_slash), PUT,
        "Decorate the view '_answer' (tests/"),
    Way("method-unrouted", METHOD, without("PUT"), PUT, "Add a route for 'PUT'"),
    Way("method-unrouted-and-more", ABSENT, without("PUT", [ELSEWHERE]),
        {**PUT, **CUSTOM, **INCLUDE},
        "Add a route for 'PUT': this URL serves only GET, HEAD, and decorate the view '_answer'"),
    Way("werkzeug-headers", NAMES, in_werkzeug(allow_origins="*"), CUSTOM, "the view 'items'"),
    Way("wrapper-methods", METHOD, around(allow_origins="*"), PUT,
        'Set allow_methods=["GET", "HEAD", "POST", "PUT"] in the policy of the wrapper'),
    Way("resolver-none", ABSENT, resolved, {}, "Have the resolver return Policy("),
    Way("hand-nothing", ABSENT, by_hand(), {}, "'Access-Control-Allow-Origin: http"),
    Way("hand-other-origin", MISMATCH, by_hand(f"{ORIGIN}: {ELSEWHERE}"), {}, ORIGIN),
    Way("hand-trailing-slash", MISMATCH, by_hand(f"{THE_PAGE}/"), {}, ORIGIN),
    Way("hand-no-scheme", MISMATCH, by_hand(f"{ORIGIN}: app.example"), {}, ORIGIN),
    Way("hand-null", MISMATCH, by_hand(f"{ORIGIN}: null"), {}, ORIGIN),
    Way("hand-two-lines", MISMATCH, by_hand(THE_PAGE, THE_PAGE), {}, "once with every"),
    Way("hand-list", MISMATCH, by_hand(f"{ORIGIN}: *, {{page}}"), {}, "once with every"),
    Way("hand-anybody-with-credentials", MISMATCH, by_hand(ANYBODY, TRUE), INCLUDE, ORIGIN),
    Way("hand-no-credentials", NO_CREDENTIALS, by_hand(THE_PAGE), INCLUDE, TRUE),
    Way("hand-credentials-capital", NO_CREDENTIALS,
        by_hand(THE_PAGE, f"{CREDENTIALS}: True"), INCLUDE, TRUE),
    Way("preflight-401", STATUS, by_hand(ANYBODY, ALLOWS_PUT, status="401 Unauthorized"), PUT,
        "before the login check (they carry no cookies)"),
    Way("preflight-404", STATUS, by_hand(ANYBODY, ALLOWS_PUT, status="404 Not Found"), PUT,
        "Serve OPTIONS at /items with a 2xx status such as 204."),
    Way("preflight-405-bare", ABSENT, by_hand(ANYBODY, preflight=(),
        status="405 Method Not Allowed"), PUT, "Serve OPTIONS at /items"),
    Way("preflight-500", STATUS, by_hand(ANYBODY, ALLOWS_PUT, status="500 Oops"), PUT,
        "Look up in the server's log"),
    Way("preflight-bare", ABSENT, by_hand(THE_PAGE, preflight=()), PUT, ORIGIN),
    Way("preflight-no-methods", METHOD, by_hand(ANYBODY), PUT, f"{METHODS}: PUT"),
    Way("preflight-other-methods", METHOD, by_hand(ANYBODY, f"{METHODS}: GET, POST"), PUT,
        f"{METHODS}: GET, POST, PUT"),
    Way("preflight-methods-wildcard-with-credentials", METHOD,
        by_hand(THE_PAGE, TRUE, f"{METHODS}: *"), {**PUT, **INCLUDE}, f"{METHODS}: PUT"),
    Way("preflight-methods-no-list", checks.BAD_LIST.format(METHODS),
        by_hand(ANYBODY, f"{METHODS}: GET PUT"), PUT, f"{METHODS}: GET, PUT"),
    Way("preflight-no-headers", NAMES, by_hand(ANYBODY), CUSTOM, f"{HEADERS}: x-request-id"),
    Way("preflight-headers-wildcard-with-credentials", NAMES,
        by_hand(THE_PAGE, TRUE, f"{HEADERS}: *"), {**CUSTOM, **INCLUDE},
        f"{HEADERS}: x-request-id"),
    Way("preflight-no-authorization", AUTHORIZATION,
        by_hand(ANYBODY, f"{HEADERS}: X-Other"), TOKEN, f"{HEADERS}: X-Other, Authorization"),
    Way("preflight-headers-no-list", checks.BAD_LIST.format(HEADERS),
        by_hand(ANYBODY, f"{HEADERS}: X-Request-Id; X-Other"), CUSTOM,
        f"{HEADERS}: X-Request-Id, X-Other"),
    Way("redirect-hides-the-page", ABSENT, by_hand(THE_PAGE, to="{other}/items"), {},
        "Have the page request http", {"server": "other"}),
    Way("redirect-with-user", fetch.USERINFO, with_userinfo, {},
        "Remove the user name and password from the Location"),
    Way("mode-same-origin", fetch.OTHER_ORIGIN, by_hand(ANYBODY), {"mode": "same-origin"},
        "Have the page use mode 'cors'.", {}),
    Way("flask-cors-origins", ABSENT, in_flask_cors(origins=[ELSEWHERE, "https://b.example"]), {},
        ORIGIN),
    Way("flask-cors-methods", METHOD, in_flask_cors(methods=["GET"]), PUT,
        f"{METHODS}: PUT"),
    Way("flask-cors-headers", NAMES, in_flask_cors(allow_headers=["X-Other"]), CUSTOM,
        f"{HEADERS}: x-request-id"),
    Way("flask-cors-credentials", NO_CREDENTIALS, in_flask_cors(origins=["{page}"]),
        INCLUDE, TRUE),
    Way("flask-cors-resources", ABSENT, in_flask_cors(resources={"/api/*": {}}), {}, ORIGIN),
    Way("flask-cors-and-a-hook", MISMATCH, written_twice, {}, "once with every response"),
]  # fmt: skip
"""Every way that is tested."""
