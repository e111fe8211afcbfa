"""Flask apps of every shape, and who answers in them, asked of the apps without CORS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Flask, Response, abort, redirect, request
from hypothesis import strategies as st

from tests.helpers import APP, OTHER, environ
from tests.properties.exchange import call
from wsgicors import Policy
from wsgicors.flask import CORS, cors

RULES = ["/", "/a", "/a/", "/a/<int:n>", "/a/<n>", "/a/<n>/", "/b/<path:p>", "/b", "/<n>/b"]
PATHS = ["/", "/a", "/a/", "/a/7", "/a/7/", "/a/x", "/b", "/b/x/y", "/x/b", "/a//7", "//b", "/no"]
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
DECLARED = [["GET"], ["GET", "POST"], ["PUT"], ["PUT", "DELETE"], ["PATCH", "OPTIONS"], ["POST"]]
DENY = "HTTP_X_DENY"
"""A request with this header is refused by a hook."""


def answer_plainly() -> Response:
    response = Response("hello", headers={"Vary": "Cookie", "Access-Control-Allow-Origin": "*"})
    response.headers["Access-Control-Expose-Headers"] = "ETag"
    return response


def fail() -> Response:
    raise ValueError("the view failed")


ENDINGS: list[Callable[[], Any]] = [
    answer_plainly,
    fail,
    lambda: abort(404),
    lambda: redirect("/a"),
    lambda: (chunk for chunk in ["stre", "amed"]),
]
"""How views end."""

ORIGINS: list[tuple[list[str], bool | list[str]]] = [
    (["*"], False),
    ([APP], False),
    ([OTHER], False),
    ([APP, OTHER], False),
    (["https://*.example"], False),
    (["*"], [APP]),
    ([OTHER, APP], [APP]),
]
"""Values of ``allow_origins`` and ``allow_credentials``."""


def _settings(
    name: str, origins: tuple[list[str], bool | list[str]], methods: list[str] | None
) -> dict[str, Any]:
    """Return the settings of a policy, which exposes what no other policy does."""
    allowed, credentials = origins
    return {
        "allow_origins": allowed,
        "allow_methods": methods,
        "expose_headers": [f"X-{name}"],
        "allow_credentials": credentials,
    }


SETTINGS = {
    name: st.builds(
        _settings,
        st.just(name),
        st.sampled_from(ORIGINS),
        st.sampled_from([None, ["PUT"], ["*"], ["GET", "PATCH"]]),
    )
    for name in ("one", "two", "default")
}

UNMARKED = ""
DEFAULT = "default"


@dataclass
class View:
    """One view: where it is, and what is said of it."""

    rule: str
    methods: list[str]
    mark: str | None
    """The name of its policy, ``None`` for no CORS, or nothing at all."""
    is_in_blueprint: bool
    ending: Callable[[], Any]


views = st.builds(
    View,
    st.sampled_from(RULES),
    st.sampled_from(DECLARED),
    st.sampled_from([UNMARKED, None, "one", "one", "two"]),
    st.booleans(),
    st.sampled_from(ENDINGS),
)


class Site:
    """A Flask app with CORS, and the same app without."""

    def __init__(
        self, views: list[View], settings: dict[str, dict[str, Any]], group: str | None
    ) -> None:
        self.views = {f"view{number}": view for number, view in enumerate(views)}
        self.settings = settings
        self._group = group
        app = Flask(__name__, static_folder=None)
        app.logger.disabled = True
        app.before_request(lambda: ("no", 401) if DENY in request.environ else None)
        app.after_request(_note_endpoint)
        self.bare = app.wsgi_app
        named = {name: Policy(**given) for name, given in settings.items()}
        blueprints = {} if group is None else {"group": named[group]}
        CORS(app, policies=named, blueprints=blueprints)
        blueprint = Blueprint("group", __name__)
        for endpoint, view in self.views.items():
            (blueprint if view.is_in_blueprint else app).add_url_rule(
                view.rule, endpoint, _make(view), methods=view.methods
            )
        app.register_blueprint(blueprint)
        self.app = app

    def owner(self, path: str, method: str) -> str | None:
        """Return the name of the policy of whatever answers, found by asking the bare app."""
        path, status, view = self.land(path, method)
        if view is not None:
            return self._policy_of(view)
        if status.startswith("404"):
            return self._existing(DEFAULT)
        owners = set(self.served(path, redirected=True).values())
        return owners.pop() if status.startswith("405") and len(owners) == 1 else None

    def land(self, path: str, method: str) -> tuple[str, str, View | None]:
        """Follow the router's redirects to the path, status and view of the last answer."""
        seen = call(self.bare, environ(method, path))
        endpoint = seen.environ["test.endpoint"]
        if endpoint is None and seen.status.startswith("308"):
            target = dict(seen.lines)["Location"]
            return self.land(unquote(urlsplit(target).path), method)
        name = (endpoint or "").removeprefix("group.")
        return path, seen.status, self.views.get(name)

    def served(self, path: str, redirected: bool = False) -> dict[str, str | None]:
        """Return the methods that views at a path declare, each with its policy's name.

        :param redirected: also return those that the router redirects, which are served elsewhere.
        """
        landed = {method: self.land(path, method) for method in METHODS}
        return {
            method: self._policy_of(view)
            for method, (at, _, view) in landed.items()
            if view
            and (at == path or redirected)
            and (method != "OPTIONS" or "OPTIONS" in view.methods)
        }

    def _policy_of(self, view: View) -> str | None:
        if view.mark != UNMARKED:
            return view.mark
        if view.is_in_blueprint and self._group is not None:
            return self._group
        return self._existing(DEFAULT)

    def _existing(self, name: str) -> str | None:
        return name if name in self.settings else None


def _make(view: View) -> Callable[..., Any]:
    def ending(**_: object) -> Any:
        return view.ending()

    return ending if view.mark == UNMARKED else cors(view.mark)(ending)


def _note_endpoint(response: Response) -> Response:
    request.environ["test.endpoint"] = request.endpoint
    return response


sites = st.builds(
    Site,
    st.lists(views, min_size=1, max_size=6),
    st.fixed_dictionaries(
        {name: SETTINGS[name] for name in ("one", "two")}, optional={DEFAULT: SETTINGS[DEFAULT]}
    ),
    st.sampled_from([None, "one", "two"]),
)
