"""Descriptions of routes and their policies for people, and the file and line of code."""

import inspect
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ._core.headers import MAX_QUOTED, quote
from ._core.origins import DEFAULT_PORTS
from ._core.packages import is_installed
from ._core.places import Place
from ._core.policy import Policy

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


MAX_HOST_SIZE = 512
"""The most characters of the header Host that are read; the name of a host has at most 255."""

_DEFAULT_PORTS = {scheme: f":{port}" for scheme, port in DEFAULT_PORTS.items()}


def quote_path(environ: "WSGIEnvironment") -> str:
    """Quote the path of a request as the page asked for it, with that of the app's mount."""
    return quote(_path(environ))


def quote_request(environ: "WSGIEnvironment") -> str:
    """Quote the method and the path of a request, as :func:`quote_path` does."""
    return quote(f"{environ['REQUEST_METHOD'][: MAX_QUOTED + 1]} {_path(environ)}")


def _path(environ: "WSGIEnvironment") -> str:
    """Return the path of a request, so far as it can be quoted."""
    mount: str = environ.get("SCRIPT_NAME", "")
    path: str = environ.get("PATH_INFO", "")
    return mount[: MAX_QUOTED + 1] + path[: MAX_QUOTED + 1]


def own_origin(environ: "WSGIEnvironment") -> str:
    """Return the origin that the app itself is served from; empty if its server does not say."""
    scheme: str = environ["wsgi.url_scheme"]
    host: str | None = environ.get("HTTP_HOST")
    if not host:
        if "SERVER_NAME" not in environ or "SERVER_PORT" not in environ:
            return ""  # only a server that PEP 3333 does not allow
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{scheme}://{host[:MAX_HOST_SIZE].lower()}".removesuffix(_DEFAULT_PORTS.get(scheme, ""))


def find_source(code: object) -> tuple[str, int] | None:
    """Return the absolute path and the line of a function or class; ``None`` without a source."""
    source: Any = code
    try:
        file = inspect.getsourcefile(source)
        # Functions know their line; for a class, inspect reads the source.
        compiled = getattr(source, "__code__", None)
        line = compiled.co_firstlineno if compiled else inspect.getsourcelines(source)[1]
    except (OSError, TypeError):  # not code, or code without a source
        return None
    if file is None or file.startswith("<"):  # Python 3.13 also keeps the lines of "<string>"
        return None
    return os.path.abspath(file), line


def place_of(code: object) -> str:
    """Return the file and line of code, from where it is imported: ``shop/views.py:12``."""
    found = find_source(code)
    return "" if found is None else _relative(*found)


def format_place(place: Place | None) -> str:
    """Return the file and line of a place, as :func:`place_of` does; nothing without a file."""
    if place is None or place.file.startswith("<"):
        return ""
    return _relative(os.path.abspath(place.file), place.line)


def _relative(file: str, line: int) -> str:
    roots = [os.path.join(os.path.abspath(path), "") for path in sys.path]
    nearest = max((root for root in roots if file.startswith(root)), key=len, default="")
    shown = file.removeprefix(nearest) if nearest else os.path.basename(file)
    return f"{Path(shown).as_posix()}:{line}"


def is_installed_code(code: object) -> bool:
    """Return whether code is of an installed package, where the app's owner cannot decorate it."""
    compiled: Any = getattr(code, "__code__", None)
    if compiled is not None:
        return is_installed(compiled.co_filename)
    module = sys.modules.get(str(getattr(code, "__module__", "")))
    file = getattr(module, "__file__", None)
    return file is not None and is_installed(file)


class Label(NamedTuple):
    """The names of an endpoint and of its policy, which belong to the app and not to a request."""

    endpoint: str | None = None
    policy: str | None = None


class Route(NamedTuple):
    """Which code a request would reach, and where its policy comes from."""

    policy: Policy | None
    kind: str = "wrapper"
    """The kind of a :class:`._registry.Source`; ``"hidden"`` for the policy of a decorator that
    the router does not see; ``"wrapper"`` or ``"resolver"`` without a router; ``"404"`` or
    ``"405"`` if the router itself answers; or ``"none-here"`` if another app does."""
    name: str = ""
    """The name that belongs to the kind."""
    methods: Sequence[str] | None = None
    """The methods at this URL that have this policy; for a 405 all that are served."""
    endpoint: object = None
    rule: str = ""
    code: object = None
    """The function that serves the method, without its decorators; or the class to decorate."""
    hidden_by: object = None
    """A decorator of ``code`` without :func:`functools.wraps`: the router sees no mark below it."""
    table: str = "endpoints"
    """How users of the framework spell the table ``endpoints``."""
    fault: str = ""
    """Why the decorator cannot work, so that there is no policy."""
    beside: "Route | None" = None
    """For a 405, what would serve the method: the view of the other methods, or a new one."""
    decorated_at: Place | None = None
    """The line of the decorator, if its settings or its policy are written there."""
    is_elsewhere: bool = False
    """Whether that line is not above the view, so that other views may have the decorator too."""
    assigned: str = ""
    """The name of the policy that a table assigns, if it does not have the policy itself."""
    written: Policy | None = None
    """The policy as the app has created it, if ``policy`` is a copy."""


OTHER_URLS = "any other URL"
"""Stands for all URLs without a route, in a row and for people."""


class Row(NamedTuple):
    """The policy of one method of one URL, and where it comes from."""

    url: str
    """The URL as the router's rule has it, and the condition if there is one."""
    method: str
    endpoint: str
    policy: Policy | None
    kind: str
    """The kind of a :class:`._registry.Source`; ``prefix``; ``app`` for one policy of a whole app;
    ``redirect`` if the router redirects; or ``404`` for the policy of URLs without a route."""
    name: str = ""
    """The name of the policy, endpoint or blueprint, or the target of the redirect."""
    place: str = ""
    """The file and line of the code that serves the method, or of the class that inherits it."""
    table: str = "endpoints"
    """How users of the framework spell the table ``endpoints``."""
    package: str = ""
    """The installed package of the code, if any, so that ``table`` has to give it a policy."""
    condition: str = ""
    """What chooses between the views of this URL and method, if these have several policies."""
    view: str = ""
    """The name of the function that serves the method, or of the class."""
    policy_place: str = ""
    """The file and line where the policy is written, such as ``Policy(...)``."""
    source_place: str = ""
    """The file and line that gives the policy to the route, unless a decorator does: the call of
    ``CORS``, ``CORSMiddleware`` or ``by_path``, or Django's setting."""

    @property
    def is_route(self) -> bool:
        """Whether the row is about a URL of the app, and not about all URLs without a route."""
        return self.url != OTHER_URLS

    @property
    def trial(self) -> Policy | None:
        """The trial of the policy, if it has one: policies with different trials are equal."""
        return None if self.policy is None else self.policy.trial


class Stray(NamedTuple):
    """A view decorated with ``cors`` to no effect."""

    name: str
    place: str
    is_above_route: bool
    """Whether the route decorator is below ``cors``, so that the router never sees the mark."""
    hidden_by: str = ""
    """The function that the router has instead, if a decorator hides the mark."""


class About(NamedTuple):
    """Which app was surveyed, for readers of the result."""

    name: str = ""
    framework: str = ""
    """The framework with its version."""
    configuration: Mapping[str, str] = {}
    """What says how the app is configured, such as ``DJANGO_SETTINGS_MODULE``."""


class Survey(NamedTuple):
    """The routes of an app with their policies."""

    rows: Sequence[Row]
    strays: Sequence[Stray] = ()
    debug: bool = False
    """Whether the app is in debug mode."""
    other_layers: Sequence[str] = ()
    """What else writes CORS headers in the app, by name."""
    policies: Mapping[str, Policy] = {}
    """The policies of the app that have names."""
    about: About = About()
    other_urls: Row | None = None
    """The row of all URLs without a route, whose responses (404) have the default policy."""
    has_debug_mode: bool = True
    """Whether the app can be in debug mode at all; ``survey()`` sets this."""

    @property
    def all_rows(self) -> Sequence[Row]:
        """The rows of all routes, and that of other URLs if there is one."""
        return self.rows if self.other_urls is None else [*self.rows, self.other_urls]
