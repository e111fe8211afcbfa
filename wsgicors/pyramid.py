"""CORS for Pyramid: every view of a route under its own policy.

::

    CORS(config, policies={"partners": partners})

    @view_config(route_name="items", request_method="GET", renderer="json")
    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(request): ...

Preflights are answered before the app makes a request of them: no tween, subscriber or security
policy has run. All responses get their headers after the last tween.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Unpack

# Pyramid ships no types, and nobody publishes stubs: to the type checkers it is Any.
from pyramid.exceptions import PredicateMismatch  # type: ignore[import-untyped]
from pyramid.interfaces import PHASE0_CONFIG, IApplicationCreated  # type: ignore[import-untyped]
from pyramid.viewderivers import INGRESS  # type: ignore[import-untyped]

from .core.policy import Policy
from .core.settings import Settings
from .marks import cors
from .naming import with_default
from .routers.pyramid import PyramidResolver
from .routers.pyramid_views import target_of
from .tables import Assigned
from .wsgi import RoutedMiddleware

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["CORS", "cors", "includeme"]

EXTENSION: Final = "wsgicors"
"""The key in the registry under which an app's resolver is."""


class CORS:
    """Switch CORS on for the app that a configurator makes.

    >>> from pyramid.config import Configurator
    >>> config = Configurator()
    >>> extension = CORS(config, allow_origins=["https://app.example"])
    >>> app = config.make_wsgi_app()

    :param policy: the default for views without a mark and for unknown URLs; or its settings.
    :param policies: policies by name, for ``@cors("name")``.
    :param endpoints: policies, by the name of a route, for views that cannot carry a mark.
    :raises TypeError: if it could not act as it is called.
    :raises PolicyError: if the settings cannot work; ``make_wsgi_app`` checks the names.
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
        named = with_default(policies or {}, policy, settings, ("policy", "policies", "endpoints"))
        if not getattr(config, "introspection", False):
            raise TypeError(f"{config!r:.80} is no Configurator; or leave its introspection on")
        if EXTENSION in config.registry:
            raise TypeError("this app has CORS already; write CORS(config) once, with all policies")
        self._resolver = PyramidResolver(config, named, endpoints)
        config.registry[EXTENSION] = self._resolver
        config.add_view_deriver(self._report, "wsgicors", under=INGRESS, over="secured_view")
        config.add_subscriber(self._wrap, IApplicationCreated)

    def _report(self, view: Any, info: Any) -> Any:
        """Report which view of a route answers: the outermost of Pyramid's view derivers."""
        self._resolver.forget()
        target = target_of(info.options["route_name"], info.original_view, info.options["attr"])
        if target is None or not target.endpoint or info.exception_only:
            return view  # the view that failed counts, not the one that says so

        def reported(context: object, request: Any) -> object:
            self._resolver.report(request.environ, target)
            try:
                return view(context, request)
            except PredicateMismatch:  # another view gets its turn
                self._resolver.withdraw(request.environ)
                raise

        return reported

    def _wrap(self, event: Any) -> None:
        """Put the wrapper around an app: its execution policy is what it does with a request."""
        self._resolver.read()
        execute = event.app.execution_policy

        def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            response: Callable[..., Iterable[bytes]] = execute(environ, event.app)
            return response(environ, start_response)

        wrapper = RoutedMiddleware(serve, resolve=self._resolver)

        def answer(environ: "WSGIEnvironment", router: object) -> RoutedMiddleware:
            return wrapper  # a response is called as a WSGI app is

        event.app.execution_policy = answer


def includeme(config: Any) -> None:
    """Switch CORS on by ``config.include("wsgicors.pyramid")``, with ``config.set_cors(policy)``.

    The directive takes what :class:`CORS` takes beside the configurator.
    """

    def complete() -> object:
        return EXTENSION in config.registry or CORS(config)

    config.add_directive("set_cors", CORS)
    config.action(EXTENSION, complete, order=PHASE0_CONFIG)
