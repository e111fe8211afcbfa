"""CORS for Pyramid: every view of a route under its own policy.

::

    config.include("wsgicors.pyramid")
    config.set_cors_policies(policies={"partners": partners})

    @view_config(route_name="items", request_method="GET", renderer="json")
    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(request): ...

Preflights are answered before the app makes a request of them: no tween, subscriber or security
policy has run. All responses get their headers after the last tween.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Unpack

from pyramid.exceptions import ConfigurationError  # type: ignore[import-untyped]
from pyramid.interfaces import IApplicationCreated  # type: ignore[import-untyped]
from pyramid.viewderivers import INGRESS  # type: ignore[import-untyped]

from .core.policy import Policy, Settings
from .core.problems import Findings
from .marks import cors
from .pyramid_routes import PyramidResolver
from .pyramid_views import marked_in_vain, target_of
from .tables import Assigned, with_default
from .wsgi import RoutedMiddleware

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["CORS", "cors", "includeme"]

EXTENSION: Final = "wsgicors"
"""The key in the registry under which an app's resolver is."""

ARGUMENTS: Final = "wsgicors.arguments"
"""The key in the registry under which waits what the app is to be made with."""

PREFIX: Final = "cors.policies."
"""What begins the keys of policies in the deployment settings; a name and a setting follow."""


class CORS:
    """Say which policies an app has: the directive ``config.set_cors_policies``.

    >>> from pyramid.config import Configurator
    >>> config = Configurator()
    >>> config.include("wsgicors.pyramid")
    >>> directive = config.set_cors_policies(allow_origins=["https://app.example"])
    >>> app = config.make_wsgi_app()

    :param config: the configurator; ``CORS(config)`` includes this module in it.
    :param policy: the default for views without a mark and for unknown URLs; or its settings.
    :param policies: policies by name, beside those of the deployment settings.
    :param endpoints: policies, by the name of a route, for views that cannot carry a mark.
    :raises PolicyError: if the settings cannot work. What names each other is checked by
        ``make_wsgi_app``.
    """

    def __init__(
        self,
        config: Any,
        policy: Policy | None = None,
        *,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[str, Assigned] | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        also = ("policy", "policies", "endpoints")
        self.policies = with_default(policies or {}, policy, settings, also)
        self.endpoints = endpoints or {}
        config.include(includeme)
        config.action(EXTENSION, partial(config.registry.__setitem__, ARGUMENTS, self))


def includeme(config: Any) -> None:
    """Switch CORS on: ``config.include("wsgicors.pyramid")``."""
    if config.introspector.get("view derivers", "secured_view") is None:
        raise ConfigurationError("CORS finds views by introspection; leave introspection on")
    config.add_directive("set_cors_policies", CORS)
    config.add_view_deriver(reported, "wsgicors", under=INGRESS, over="secured_view")
    config.add_subscriber(wrap_app, IApplicationCreated)


def wrap_app(event: Any) -> None:
    """Put the wrapper around an app: its execution policy is what the app does with a request."""
    router, registry = event.app, event.app.registry
    given: CORS | None = registry.get(ARGUMENTS)
    policies = read_policies({} if given is None else given.policies, registry.settings)
    resolver = PyramidResolver(router, policies, {} if given is None else given.endpoints)
    resolver.begin()
    reached = [target.view for _, _, target in resolver.routes()]
    if in_vain := marked_in_vain(registry.introspector, reached):
        raise ConfigurationError(
            f"{in_vain} are marked with @cors, and no route leads to them: views that are found by "
            f"traversal have the default, and errors the policy of the view that was asked for"
        )
    execute = router.execution_policy

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        response: Callable[..., Iterable[bytes]] = execute(environ, router)
        return response(environ, start_response)

    wrapper = RoutedMiddleware(serve, resolve=resolver)

    def answer(environ: "WSGIEnvironment", router: object) -> RoutedMiddleware:
        return wrapper  # a response is called as a WSGI app is

    router.execution_policy = answer
    registry[EXTENSION] = resolver


def reported(view: Any, info: Any) -> Any:
    """Report which view of a route answers: the outermost of Pyramid's view derivers."""
    name = info.options["route_name"]
    target = name and target_of(name, info.original_view, info.options["attr"])
    if target is None or info.exception_only:
        return view  # the view that failed counts, not the one that says so

    def reported_view(context: object, request: Any) -> object:
        resolver: PyramidResolver | None = info.registry.get(EXTENSION)
        if resolver is not None:
            resolver.report(request.environ, target)
        return view(context, request)

    return reported_view


def read_policies(
    policies: Mapping[str, Policy | Settings], settings: Mapping[str, object]
) -> Mapping[str, Policy | Settings]:
    """Add the policies of the deployment settings, whose values are JSON or lists of words."""
    findings = Findings()
    configured: dict[str, Any] = {}
    for key, value in settings.items():
        if key.startswith(PREFIX):
            name, _, setting = key.removeprefix(PREFIX).partition(".")
            configured.setdefault(name, {})[setting] = read_value(value)
    for name in policies.keys() & configured:
        message = "config.set_cors_policies() defines it too; keep one of them"
        findings.report("defined-twice", PREFIX + name, name, message)
    findings.conclude("the CORS policies of this app cannot work")
    return {**policies, **configured}


def read_value(value: object) -> object:
    """Read a setting as it stands in an INI file."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return ", ".join(value.split())
