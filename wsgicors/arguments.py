"""Checking what a wrapper or an adapter is called with, before anything is served."""

from collections.abc import Sequence

from .core.policy import Policy
from .core.settings import Settings, check_names

FRAMEWORKS = {
    "bottle.Bottle": "app.install(wsgicors.bottle.CORS(policy))",
    "django.core.handlers.wsgi.WSGIHandler": "'wsgicors.django.CORSMiddleware' into MIDDLEWARE",
    "falcon.app.App": "wsgicors.falcon.CORS(app, policy)",
    "flask.app.Flask": "wsgicors.flask.CORS(app, policy)",
    "pyramid.router.Router": "wsgicors.pyramid.CORS(config, policy) before the app is made",
}
"""Apps that have an adapter of their own, by the name of their class."""


def one_policy(
    what: str,
    policy: object,
    resolve: object,
    settings: Settings,
    also: Sequence[str] = ("policy", "resolve"),
) -> Policy | None:
    """Return the policy that exactly one of the three ways gives; a resolver gives none."""
    check_names(what, settings, also=also)
    if sum((policy is not None, resolve is not None, bool(settings))) != 1:
        ways = ", or resolve=..." if "resolve" in also else ""
        raise TypeError(
            f"{what}() takes one of: a policy, settings such as "
            f'allow_origins=["https://app.example"]{ways}'
        )
    if resolve is not None and not callable(resolve):
        raise TypeError(f"{resolve!r} is no resolver; write a function (environ, method) -> Policy")
    if settings:
        return Policy(**settings)
    if policy is not None and not isinstance(policy, Policy):
        write = f"allow_origins={policy!r}" if isinstance(policy, str | list) else "Policy(...)"
        raise TypeError(f"{policy!r} is no Policy; write {write}")
    return policy


def check_app(app: object) -> None:
    """Refuse apps that a wrapper would not serve as their owner thinks."""
    for base in type(app).__mro__:
        if write := FRAMEWORKS.get(f"{base.__module__}.{base.__qualname__}"):
            raise TypeError(f"{app!r} has views with policies of their own; write {write}")
    if not callable(app):
        raise TypeError(f"the app comes first, and {app!r:.80} is none; write (app, policy)")
