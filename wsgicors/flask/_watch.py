"""What a Flask app shows of CORS that was forgotten, or that other code writes, too."""

import inspect
import logging
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any, Final, Protocol
from weakref import WeakValueDictionary

from flask import request, request_started
from flask.app import Flask

from .._decorator import has_unread_marks, mark_listeners
from .._marks import find_mark
from .._resolver import EXTENSION_KEY
from ..routing._listing import are_all_marks_read

logger = logging.getLogger("wsgicors")

OBSERVERS: Final = (
    "ddtrace",
    "elasticapm",
    "newrelic",
    "opentelemetry",
    "sentry_sdk",
    "werkzeug.middleware.lint",
    "werkzeug.middleware.profiler",
)
"""Modules whose wrappers leave the path of a request as it is."""

LIBRARIES: Final = {"flask_cors": "Flask-CORS", "flask_restful": "Flask-RESTful's crossdomain()"}
"""Other libraries that write CORS headers, by the package of their hooks and decorators."""


def wsgi_layers(wsgi_app: object) -> Iterator[Any]:
    """Yield a WSGI app and what it wraps, from the outside in, as far as it can be followed."""
    layer: Any = wsgi_app
    while layer is not None:
        yield layer
        inside: Mapping[str, object] = {}
        if inspect.isfunction(layer):
            inside = inspect.getclosurevars(layer).nonlocals
        names = ("app", "_app", "wsgi_app", "wsgicors_inner", "__wrapped__")
        found: list[Any] = [getattr(layer, name, inside.get(name)) for name in names]
        layer = next((one for one in found if callable(one)), None)


def find_path_changer(app: Flask) -> object:
    """Return the wrapper of an app's ``wsgi_app`` that may change paths, if there is one."""
    for layer in wsgi_layers(app.wsgi_app):
        if getattr(layer, "__self__", None) is app:
            return None
        if not f"{getattr(layer, '__module__', '')}.".startswith(
            tuple(f"{name}." for name in OBSERVERS)
        ):
            return layer
    return None


def library_of(code: object) -> str:
    """Return the library that made a hook, or a decorator of a view, if it writes CORS headers."""
    while code is not None:
        # Decorators copy the name of the view's module to their function.
        module = getattr(code, "__globals__", {}).get("__name__", "")
        if module.startswith(("flask_cors.", "flask_restful.utils.cors")):
            return LIBRARIES[module.partition(".")[0]]
        code = inspect.getattr_static(code, "__wrapped__", None)
    return ""


def other_layers(hooks: Iterable[object], views: Iterable[tuple[str, object]]) -> Iterator[str]:
    """Yield each other library that writes CORS headers in an app, and where the app uses it.

    :param hooks: the functions of ``after_request``.
    """
    if sys.modules.keys().isdisjoint(LIBRARIES):  # the other way would read all modules
        return  # most apps, for which this saves reading every method
    uses: dict[str, list[str]] = {}
    for library in {*map(library_of, hooks)} - {""}:
        uses.setdefault(library, []).append("after_request")
    for endpoint, view in views:
        view_class = getattr(view, "view_class", None)
        bases = () if view_class is None else inspect.getmro(view_class)
        methods = [method for base in bases for method in vars(base).values()]
        for library in {*map(library_of, [view, *methods])} - {""}:
            uses.setdefault(library, []).append(f"the view {endpoint!r}")
    for library, (first, *others) in sorted(uses.items()):
        yield f"{library} ({first}{f' and {len(others)} more' if others else ''})"


def complain_of_missing_extension(app: Flask, **_: object) -> None:
    """Raise if a view is decorated and its app has no CORS.

    Connected only while there is a decorated view that belongs to no app with CORS, so that it
    costs nothing where all is well.
    """
    if EXTENSION_KEY in app.extensions or "Origin" not in request.headers:
        return
    if request.endpoint is None:
        return
    method = request.headers.get("Access-Control-Request-Method", request.method)
    mark = find_mark(app.view_functions.get(request.endpoint), method)
    if mark is not None and mark.base is not None:
        raise RuntimeError(
            f"the view {request.endpoint!r} is decorated with @cors, but this app has no CORS; "
            f"call CORS(app) right after the app is created"
        )


def warn_if_bypassed(app: Flask, **_: object) -> None:
    """Warn once per app of a request that has not come through CORS.

    Connected only while there is an app with CORS that has served no request, so that it costs
    nothing where all is well.
    """
    resolver = _unserved.get(id(app.extensions.get(EXTENSION_KEY)))
    if resolver is not None and "Origin" in request.headers:
        logger.warning(
            "%r is served without CORS, by a wsgi_app from before CORS(app); serve the app "
            "itself, or wrap the app.wsgi_app that CORS(app) has made",
            app,
        )
        with logging_faults(app):
            stop_watching(resolver)


def log_replaced_mark(before: object, view: object) -> None:
    """Log that a decorated view was replaced while serving by one without a decorator."""
    logger.warning(
        "%r was replaced while serving by %r, which has no @cors, so its policy no longer "
        "applies; use functools.wraps in the decorator, or put @cors on the new view "
        "[unreached-mark]",
        before,
        view,
    )


class Remembering(Protocol):
    """A resolver of a Flask app."""

    known: dict[str, Any]
    """The policies that it remembers, by endpoint."""


def watch(resolver: Remembering) -> None:
    """Note the resolver of an app, whose memory a newly decorated view may make outdated."""
    _all[id(resolver)] = resolver
    with _lock:
        _unserved[id(resolver)] = resolver
        request_started.connect(warn_if_bypassed)


def stop_watching(resolver: Remembering) -> None:
    """Stop to watch an app, and all apps once they have CORS and their decorated views, too."""
    _unserved.pop(id(resolver), None)
    are_read = are_all_marks_read()  # not within the lock, because it runs code of the apps
    with _lock:
        if not _unserved.valuerefs():
            request_started.disconnect(warn_if_bypassed)
        if are_read and not has_unread_marks():
            request_started.disconnect(complain_of_missing_extension)


@contextmanager
def logging_faults(app: Flask) -> Generator[None, None, None]:
    """Log an exception, so that what looks for faults of an app fails no request."""
    try:
        yield
    except Exception:
        logger.exception("%r: looking for views and hooks without CORS raised an exception", app)


def _note_mark() -> None:
    """Watch for a decorated view in an app without CORS; forget policies that it may replace."""
    with _lock:
        request_started.connect(complain_of_missing_extension)
    references = _all.valuerefs()  # a list, because other threads create and free apps
    for resolver in filter(None, [reference() for reference in references]):
        resolver.known = {}


_lock = RLock()
"""Held while a watcher is connected or disconnected."""

_all: "WeakValueDictionary[int, Remembering]" = WeakValueDictionary()
"""The resolvers of all Flask apps with CORS, by their id."""

_unserved: "WeakValueDictionary[int, Remembering]" = WeakValueDictionary()
"""Those of apps that have not been served yet."""

request_started.connect(complain_of_missing_extension)
mark_listeners.append(_note_mark)
