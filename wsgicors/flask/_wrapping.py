"""Gives a Flask app a ``wsgi_app`` that answers with CORS."""

from typing import TYPE_CHECKING

from flask.app import Flask

from .._middleware import Wrapping, serve
from .._reporting.log import RefusalLog
from .._resolver import Resolver

if TYPE_CHECKING:
    from .._reporting.events import Observer


def wrap_app(app: Flask, resolver: Resolver, observer: "Observer | None") -> None:
    """Have ``app.wsgi_app`` answer with CORS.

    A wrapper in ``app.wsgi_app`` would refer to the app, which refers to it: such an app is freed
    by the garbage collector only. So the app gets a class whose ``wsgi_app`` is another method.
    """
    attributes = vars(app)
    log = RefusalLog(resolver, observer)
    attributes |= {"wsgicors_resolver": resolver, "wsgicors_log": log}
    if "wsgi_app" in attributes:  # it is wrapped already
        attributes["wsgicors_inner"] = attributes.pop("wsgi_app")
    app.__class__ = _with_cors(type(app))


class _InFront(Wrapping):
    """Keeps the classes of apps from noticing that a class is derived from them."""

    def __init_subclass__(cls, **_: object) -> None: ...


def _with_cors(kind: type[Flask]) -> type[Flask]:
    """Return the class of apps with CORS for a class of apps, whose method may be patched later."""
    for known in kind.__subclasses__():
        if _InFront in known.__bases__ and vars(known)["wsgicors_inner"] is kind.wsgi_app:
            return known
    attributes = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
        "wsgi_app": serve,
        "wsgicors_inner": kind.wsgi_app,
    }
    # Not type(kind)(...): a metaclass may register or reject classes.
    return type.__new__(type(kind), kind.__name__, (_InFront, kind), attributes)


_OF_FLASK = _with_cors(Flask)
"""Kept, because most apps need it."""
