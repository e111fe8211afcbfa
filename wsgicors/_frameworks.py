"""The frameworks that have an adapter: how to recognise their apps, and how to switch CORS on."""

from typing import NamedTuple


class Framework(NamedTuple):
    """A framework that has an adapter."""

    name: str
    """The module of the adapter."""
    advice: str
    """What switches CORS on for an app that has none."""
    instead: str
    """What to use instead of ``CORSMiddleware(app, policy)``."""


FRAMEWORKS = {
    "bottle.Bottle": Framework(
        "bottle",
        "call app.install(CORS())",
        "app.install(wsgicors.bottle.CORS(policy))",
    ),
    "django.core.handlers.base.BaseHandler": Framework(
        "django",
        "put 'wsgicors.django.CORSMiddleware' first in MIDDLEWARE",
        "'wsgicors.django.CORSMiddleware' in MIDDLEWARE",
    ),
    "falcon.app.App": Framework(
        "falcon",
        "call CORS(app), and use the app that it returns",
        "wsgicors.falcon.CORS(app, policy)",
    ),
    "flask.app.Flask": Framework(
        "flask",
        "call CORS(app) right after the app is created",
        "wsgicors.flask.CORS(app, policy)",
    ),
    "pyramid.router.Router": Framework(
        "pyramid",
        "call CORS(config) before the app is created, or CORS(app)",
        "wsgicors.pyramid.CORS(config, policy) before the app is created, or "
        "wsgicors.pyramid.CORS(app, policy) if other code creates it",
    ),
}
"""All frameworks whose apps have a class in common, by that class and its module."""

PARTS = {
    "flask.blueprints.Blueprint": "the Flask app that registers the blueprint",
    "pyramid.config.Configurator": "the app that config.make_wsgi_app() returns",
}
"""The app to use instead of a part of one, by the class of the part and its module."""


def framework_of(app: object) -> Framework | None:
    """Return the framework of an app, without loading any framework."""
    for base in type(app).__mro__:
        if framework := FRAMEWORKS.get(f"{base.__module__}.{base.__qualname__}"):
            return framework
    return None


def app_with(part: object) -> str | None:
    """Name the app to use instead of a part of one; ``None`` for anything else."""
    names = (f"{base.__module__}.{base.__qualname__}" for base in type(part).__mro__)
    return next((PARTS[name] for name in names if name in PARTS), None)
