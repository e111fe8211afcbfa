"""Asking an app for its routes and their policies."""

from collections.abc import Mapping
from typing import cast

from ..resolving import Resolver
from ..surveying import Row, Survey
from ..wsgi import CORSMiddleware

EXTENSION = "wsgicors"
"""The key under which Flask apps keep their resolver."""

EVERYTHING = "*"
"""What a row has for a URL, or a method, where one policy is for all of them."""


def survey(app: object) -> Survey:
    """List every route of an app with the policy in force and where it comes from.

    :param app: a Flask app with ``CORS(app)``, or a :class:`wsgicors.CORSMiddleware`.
    :raises TypeError: if it is neither, or its resolver cannot tell.
    :raises PolicyError: if the policies of the app cannot work.
    """
    if isinstance(app, CORSMiddleware) and app.policy is not None:
        return Survey([Row(EVERYTHING, EVERYTHING, "", app.policy, "app")])
    resolver = _resolver_of(app)
    found = resolver.survey()
    if found is None:
        raise TypeError(
            f"the resolver of {app!r:.80} cannot list what it decides; give it a method survey() "
            f"that returns a wsgicors.auditing.Survey"
        )
    return found


def _resolver_of(app: object) -> Resolver:
    extensions = getattr(app, "extensions", getattr(app, "registry", None))  # Pyramid's
    if isinstance(extensions, Mapping):
        resolver = cast("Mapping[str, object]", extensions).get(EXTENSION)
        if isinstance(resolver, Resolver):
            return resolver
        line = "CORS(app) right after the app is made"
        if not hasattr(app, "extensions"):
            line = 'config.include("wsgicors.pyramid")'
        raise TypeError(f"{app!r:.80} has no CORS; write {line}")
    app = getattr(app, "wsgi", app)  # where a Bottle app has its CORS
    if isinstance(app, CORSMiddleware) and app.resolver is not None:
        return app.resolver
    raise TypeError(
        f"{app!r:.80} is no app with CORS; name the Flask app or the CORSMiddleware itself, not "
        f"what is wrapped around it"
    )
