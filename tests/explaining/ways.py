"""The ways in which a browser can block: each a misconfigured app, and the change applied to it.

``{page}``, ``{api}`` and ``{other}`` in them stand for the origins of the page and of two servers.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import Blueprint, Flask
from flask.views import MethodView
from flask_cors import CORS as FlaskCORS  # noqa: N811 - both extensions call it so
from werkzeug.routing import Map, Rule

from wsgicors import CORSMiddleware, Policy
from wsgicors.explaining import Change
from wsgicors.flask import CORS, cors
from wsgicors.testing import checks, fetching, redirects
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
        """Write the origins in where they are named."""
        if isinstance(value, str):
            return value.format(**self._asdict()) if "{" in value else value
        return [self.fill(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Way:
    """One way to be blocked."""

    id: str
    step: str
    serve: Callable[[Site, Change | None], Mapping[str, App]]
    """Makes the servers: as they are, or with the change applied."""
    request: Mapping[str, Any]
    says: str
    """What the sentence of the change has in it."""
    repaired: Mapping[str, Any] | None = None
    """The request after the change, where it is the page that has to change."""


# Ours: a policy, in each of the places where one can be written.


def policy(site: Site, settings: dict[str, Any] | None, change: Change | None) -> Policy | None:
    changes = dict(change.settings) if change else {}
    if settings is None:
        return Policy(**changes) if changes else None
    made = Policy(**{name: site.fill(value) for name, value in settings.items()})
    return made.derive(**changes)


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


def unmarked(app: Flask, given: Policy | None) -> None:
    CORS(app, endpoints={"items": given} if given else {})
    app.add_url_rule("/items", "items", _answer)


def unmarked_with_a_slash(app: Flask, given: Policy | None) -> None:
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
) -> Callable[[Site, Change | None], Mapping[str, App]]:
    def serve(site: Site, change: Change | None) -> Mapping[str, App]:
        app = Flask("api")
        write(app, policy(site, settings or None, change))
        return {site.api: app}

    return serve


def without_put(site: Site, change: Change | None) -> Mapping[str, App]:
    app = Flask("api")
    CORS(app, allow_origins=[site.page])
    methods = ["GET", "PUT"] if change else ["GET"]
    app.add_url_rule("/items", "items", _answer, methods=methods)
    return {site.api: app}


def in_werkzeug(**settings: Any) -> Callable[[Site, Change | None], Mapping[str, App]]:
    def serve(site: Site, change: Change | None) -> Mapping[str, App]:
        rules = Map([Rule("/items", endpoint="items")])
        made = policy(site, settings, change)
        return {site.api: WerkzeugCORS(raw, rules, {"items": cors(made)(_View())})}

    return serve


class _View:
    """A view that is no function, and so has no line of its own."""

    def __call__(self) -> str:
        raise NotImplementedError


def raw(environ: dict[str, Any], start_response: App) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]


def around(**settings: Any) -> Callable[[Site, Change | None], Mapping[str, App]]:
    def serve(site: Site, change: Change | None) -> Mapping[str, App]:
        return {site.api: CORSMiddleware(raw, policy(site, settings, change))}

    return serve


def resolved(site: Site, change: Change | None) -> Mapping[str, App]:
    made = policy(site, None, change)
    return {site.api: CORSMiddleware(raw, resolve=lambda environ, method: made)}


# Written by hand.


def by_hand(
    *lines: str,
    preflight: tuple[str, ...] | None = None,
    status: str = "204 No Content",
    to: str = "",
) -> Callable[[Site, Change | None], Mapping[str, App]]:
    """Answer with header lines; the change's own take the place of those of the same name.

    :param preflight: the lines for preflights, if they are to differ.
    :param to: where all other requests are redirected.
    """

    def serve(site: Site, change: Change | None) -> Mapping[str, App]:
        def app(environ: dict[str, Any], start_response: App) -> list[bytes]:
            asks = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
            given = lines if preflight is None or not asks else preflight
            headers = [tuple(site.fill(line).split(": ", 1)) for line in given]
            for name, value in change.headers if change else ():
                if asks or name in (ORIGIN, CREDENTIALS):
                    headers = [line for line in headers if line[0] != name]
                    headers.append((name, value))
            answer = status if asks else "307 Temporary Redirect" if to else "200 OK"
            if asks and change and change.status:
                answer = f"{change.status} OK"
            if to and not asks:
                headers.append(("Location", site.fill(to)))
            start_response(answer, headers)
            return []

        anybody = CORSMiddleware(raw, allow_origins=[site.page])
        return {site.api: app, site.other: anybody}

    return serve


def with_userinfo(site: Site, change: Change | None) -> Mapping[str, App]:
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


def in_flask_cors(**options: Any) -> Callable[[Site, Change | None], Mapping[str, App]]:
    def serve(site: Site, change: Change | None) -> Mapping[str, App]:
        given = {name: site.fill(value) for name, value in options.items()}
        for name, value in change.headers if change else ():
            read = True if name == CREDENTIALS else re.split(", *", value)
            given[OPTIONS[name]] = read
            given.pop("resources", None)
        app = Flask("api")
        app.add_url_rule("/items", "items", _answer, methods=["GET", "PUT"])
        FlaskCORS(app, **given)
        return {site.api: app}

    return serve


def written_twice(site: Site, change: Change | None) -> Mapping[str, App]:
    """Let Flask-CORS and a hook of the app's, which runs after it, write the same header."""
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

NAMED, MATCHES = checks.ORIGIN_NAMED, checks.ORIGIN_MATCHES
METHOD, NAMES, STATUS = checks.METHOD_ALLOWED, checks.HEADERS_ALLOWED, checks.STATUS_OK

WAYS = [
    Way("view-origin", NAMED, in_flask(on_a_view, allow_origins=[ELSEWHERE]), {},
        "in the @cors of the view 'items' (tests/explaining/ways.py:"),
    Way("view-none", NAMED, in_flask(on_a_view), {}, "replace the @cors(None) of the view"),
    Way("view-unmarked", NAMED, in_flask(unmarked), {}, "mark the view '_answer' (tests/"),
    Way("view-credentials", checks.CREDENTIALS_ALLOWED, in_flask(on_a_view,
        allow_origins=["{page}"]), INCLUDE, "write allow_credentials=True in"),
    Way("view-anybody-with-credentials", MATCHES, in_flask(on_a_view, allow_origins="*"), INCLUDE,
        "list all other origins too"),
    Way("view-methods", METHOD, in_flask(on_a_view, allow_origins="*", allow_methods=["PATCH"]),
        PUT, 'write allow_methods=["PATCH", "PUT"] in'),
    Way("view-headers", NAMES, in_flask(on_a_view, allow_origins="*"), CUSTOM,
        'write allow_headers=["Content-Type", "x-request-id"] in'),
    Way("view-wildcard-and-authorization", checks.AUTHORIZATION_LISTED,
        in_flask(on_a_view, allow_origins="*", allow_headers="*"), TOKEN,
        'write allow_headers=["*", "authorization"] in'),
    Way("view-method-in-lower-case", METHOD, in_flask(on_a_view, allow_origins="*"),
        {"method": "patch"}, "let the page write 'PATCH'", {"method": "PATCH"}),
    Way("view-opaque-page", NAMED, in_flask(on_a_view, allow_origins=["{page}"]),
        {"opaque": True}, "give the page an origin of its own", {}),
    Way("class-origin", NAMED, in_flask(on_a_class, allow_origins=[ELSEWHERE]), PUT,
        "in the @cors of the view 'Items.put' (tests/explaining/ways.py:"),
    Way("endpoints-origin", NAMED, in_flask(in_endpoints, allow_origins=[ELSEWHERE]), PUT,
        "in the policy at endpoints['items'], which the view"),
    Way("endpoints-none", NAMED, in_flask(in_endpoints), PUT, "replace the None at endpoints["),
    Way("blueprint-origin", NAMED, in_flask(on_a_blueprint, allow_origins=[ELSEWHERE]), {},
        "in the policy at blueprints['api'], which the view"),
    Way("default-headers", NAMES, in_flask(by_default, allow_origins="*"), CUSTOM,
        '@cors("default", allow_headers=['),
    Way("default-of-unknown-urls", NAMED, in_flask(by_default, allow_origins=[ELSEWHERE]),
        {"path": "/unknown"}, "in the app's default policy, which unknown URLs have"),
    Way("name-headers", NAMES, in_flask(by_name, allow_origins="*"), CUSTOM,
        'in the @cors("api", ...) of the view'),
    Way("url-unknown", NAMED, in_flask(on_a_view, allow_origins="*"), {"path": "/item"},
        "check the URL", {}),
    Way("url-without-its-slash", NAMED, in_flask(unmarked_with_a_slash), PUT,
        "mark the view '_answer' (tests/"),
    Way("method-unrouted", METHOD, without_put, PUT, "route 'PUT' to a view"),
    Way("werkzeug-headers", NAMES, in_werkzeug(allow_origins="*"), CUSTOM, "the view 'items'"),
    Way("wrapper-methods", METHOD, around(allow_origins="*"), PUT,
        'write allow_methods=["GET", "HEAD", "POST", "PUT"] in the policy around the app'),
    Way("resolver-none", NAMED, resolved, {}, "let the resolver return Policy("),
    Way("hand-nothing", NAMED, by_hand(), {}, "'Access-Control-Allow-Origin: http"),
    Way("hand-other-origin", MATCHES, by_hand(f"{ORIGIN}: {ELSEWHERE}"), {}, ORIGIN),
    Way("hand-trailing-slash", MATCHES, by_hand(f"{THE_PAGE}/"), {}, ORIGIN),
    Way("hand-no-scheme", MATCHES, by_hand(f"{ORIGIN}: app.example"), {}, ORIGIN),
    Way("hand-null", MATCHES, by_hand(f"{ORIGIN}: null"), {}, ORIGIN),
    Way("hand-two-lines", MATCHES, by_hand(THE_PAGE, THE_PAGE), {}, ", once on every"),
    Way("hand-list", MATCHES, by_hand(f"{ORIGIN}: *, {{page}}"), {}, ", once on every"),
    Way("hand-anybody-with-credentials", MATCHES, by_hand(ANYBODY, TRUE), INCLUDE, ORIGIN),
    Way("hand-no-credentials", checks.CREDENTIALS_ALLOWED, by_hand(THE_PAGE), INCLUDE, TRUE),
    Way("hand-credentials-capital", checks.CREDENTIALS_ALLOWED,
        by_hand(THE_PAGE, f"{CREDENTIALS}: True"), INCLUDE, TRUE),
    Way("preflight-redirected", STATUS, by_hand(ANYBODY, ALLOWS_PUT, preflight=(
        ANYBODY, ALLOWS_PUT, "Location: /items/"), status="308 Permanent Redirect"), PUT,
        "let the page ask for /items/ at once"),
    Way("preflight-redirected-bare", NAMED, by_hand(ANYBODY, ALLOWS_PUT, preflight=(
        "Location: /login",), status="302 Found"), PUT, "let the page ask for /login at once"),
    Way("preflight-401", STATUS, by_hand(ANYBODY, ALLOWS_PUT, status="401 Unauthorized"), PUT,
        "before anybody has to log in"),
    Way("preflight-404", STATUS, by_hand(ANYBODY, ALLOWS_PUT, status="404 Not Found"), PUT,
        "serve OPTIONS at /items, with a status such as 204"),
    Way("preflight-405-bare", NAMED, by_hand(ANYBODY, preflight=(),
        status="405 Method Not Allowed"), PUT, "serve OPTIONS at /items"),
    Way("preflight-500", STATUS, by_hand(ANYBODY, ALLOWS_PUT, status="500 Oops"), PUT,
        "look into the server's log"),
    Way("preflight-bare", NAMED, by_hand(THE_PAGE, preflight=()), PUT, ORIGIN),
    Way("preflight-no-methods", METHOD, by_hand(ANYBODY), PUT, f"{METHODS}: PUT"),
    Way("preflight-other-methods", METHOD, by_hand(ANYBODY, f"{METHODS}: GET, POST"), PUT,
        f"{METHODS}: GET, POST, PUT"),
    Way("preflight-methods-wildcard-with-credentials", METHOD,
        by_hand(THE_PAGE, TRUE, f"{METHODS}: *"), {**PUT, **INCLUDE}, f"{METHODS}: PUT"),
    Way("preflight-methods-no-list", checks.LIST_READABLE.format(METHODS),
        by_hand(ANYBODY, f"{METHODS}: GET PUT"), PUT, f"{METHODS}: PUT"),
    Way("preflight-no-headers", NAMES, by_hand(ANYBODY), CUSTOM, f"{HEADERS}: x-request-id"),
    Way("preflight-headers-wildcard-with-credentials", NAMES,
        by_hand(THE_PAGE, TRUE, f"{HEADERS}: *"), {**CUSTOM, **INCLUDE},
        f"{HEADERS}: x-request-id"),
    Way("preflight-no-authorization", checks.AUTHORIZATION_LISTED,
        by_hand(ANYBODY, f"{HEADERS}: X-Other"), TOKEN, f"{HEADERS}: X-Other, Authorization"),
    Way("preflight-headers-no-list", checks.LIST_READABLE.format(HEADERS),
        by_hand(ANYBODY, f"{HEADERS}: X-Request-Id; X-Other"), CUSTOM,
        f"{HEADERS}: x-request-id"),
    Way("redirect-hides-the-page", NAMED, by_hand(THE_PAGE, to="{other}/items"), {},
        "let the page ask for http", {"server": "other"}),
    Way("redirect-with-user", redirects.NO_USERINFO, with_userinfo, {},
        "leave user and password out of the Location"),
    Way("mode-same-origin", fetching.STAYS_AT_ORIGIN, by_hand(ANYBODY), {"mode": "same-origin"},
        "let the page use the mode 'cors'", {}),
    Way("flask-cors-origins", NAMED, in_flask_cors(origins=[ELSEWHERE, "https://b.example"]), {},
        ORIGIN),
    Way("flask-cors-methods", METHOD, in_flask_cors(methods=["GET"]), PUT,
        f"{METHODS}: PUT"),
    Way("flask-cors-headers", NAMES, in_flask_cors(allow_headers=["X-Other"]), CUSTOM,
        f"{HEADERS}: x-request-id"),
    Way("flask-cors-credentials", checks.CREDENTIALS_ALLOWED, in_flask_cors(origins=["{page}"]),
        INCLUDE, TRUE),
    Way("flask-cors-resources", NAMED, in_flask_cors(resources={"/api/*": {}}), {}, ORIGIN),
    Way("flask-cors-and-a-hook", MATCHES, written_twice, {}, ", once on every response"),
]  # fmt: skip
"""All of them."""
