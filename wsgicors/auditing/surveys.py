"""Asking an app for its routes and their policies."""

from ..finding import find_resolver
from ..resolving import Resolver
from ..surveying import Row, Survey
from ..wsgi import CORSMiddleware

EVERYTHING = "*"
"""What a row has for a URL, or a method, where one policy is for all of them."""


def survey(app: object) -> Survey:
    """List every route of an app with the policy in force and where it comes from.

    :param app: the app of a framework that has an adapter, or a :class:`wsgicors.CORSMiddleware`.
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
    resolver = find_resolver(app)
    if resolver is not None:
        return resolver
    if hasattr(app, "extensions"):
        raise TypeError(f"{app!r:.80} has no CORS; write CORS(app) right after the app is made")
    if hasattr(app, "registry"):  # of Pyramid
        raise TypeError(f"{app!r:.80} has no CORS; write CORS(config) before the app is made")
    raise TypeError(
        f"{app!r:.80} is no app with CORS; name the app that CORS was switched on for, or the "
        f"CORSMiddleware itself, not what is wrapped around it"
    )
