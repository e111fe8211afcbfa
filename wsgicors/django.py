"""CORS for Django under WSGI: each view has its own policy.

::

    INSTALLED_APPS = ["wsgicors.django", ...]  # for `manage.py check`
    MIDDLEWARE = ["wsgicors.django.CORSMiddleware", ...]  # first
    CORS_POLICIES = {"default": {"allow_origins": ["https://app.example"]}}
    CORS_ENDPOINTS = {"admin:index": None}  # views that cannot be decorated

    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(request): ...
"""

import difflib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIRequest, get_path_info
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver, resolve
from django.utils import translation
from django.utils.module_loading import import_string
from django.views import View

from ._core.headers import Header, quote
from ._core.problems import PolicyError
from ._decorator import MethodOf, cors
from ._middleware import CORSMiddleware as WSGIMiddleware
from ._registry import TABLES
from .routing import NOT_FOUND, USUAL_METHODS, RouteMatch, RouterResolver, Target

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["CORSMiddleware", "cors"]

logger = logging.getLogger("wsgicors")

SETTINGS = ("CORS_ENDPOINTS", "CORS_POLICIES")
"""The settings of wsgicors."""

REQUEST_KEY = "wsgicors.django.request"
"""The key in the environ for Django's request."""

RESPONSE_KEY = "wsgicors.django.response"
"""The key in the environ for Django's response."""

MAX_URLCONFS = 100
"""The most URLconfs chosen by middleware that are kept: it may create one for each request."""


class CORSMiddleware:
    """Django's middleware for CORS, first in ``MIDDLEWARE``.

    It answers preflights, and adds headers to all other responses. It does so with the wrapper for
    WSGI apps, for which the middleware and views further in are an app.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.resolver = DjangoResolver()
        self._wrapped = WSGIMiddleware(self._respond, resolve=self.resolver)
        for message in _check_place(type(self)):
            if not message.is_silenced():
                logger.warning("%s; %s", message.msg, message.hint)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a preflight, or let Django answer and add headers.

        :raises ImproperlyConfigured: if the project is not served by WSGI.
        """
        if not isinstance(request, WSGIRequest):
            raise ImproperlyConfigured("wsgicors is for WSGI; remove CORSMiddleware under ASGI")
        self.resolver.add_urlconf_of(request)
        # Encoded again as in PEP 3333, because Django has decoded the path.
        path, method = request.path_info.encode().decode("latin-1"), request.method
        environ = {**request.environ, "PATH_INFO": path, "REQUEST_METHOD": method}
        environ[REQUEST_KEY] = request
        status, headers = "", list[Header]()

        def start(given: str, lines: list[Header], _: object = None, /) -> Callable[[bytes], None]:
            nonlocal status, headers
            status, headers = given, lines
            return lambda _: None

        body = self._wrapped(environ, start)
        response: Any = environ.get(RESPONSE_KEY)
        if response is None:
            response = _preflight_response(status, body)
        for name in {*response.headers}.difference(name for name, _ in headers):
            del response.headers[name]
        for name, value in headers:
            response.headers[name] = value
        return cast("HttpResponseBase", response)

    def _respond(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Let Django answer; its response travels in the environ, not as a body."""
        request = environ[REQUEST_KEY]
        response = environ[RESPONSE_KEY] = self.get_response(request)
        environ["REQUEST_METHOD"] = request.method
        if self.resolver.add_urlconf_of(request):
            logger.warning(
                "%s: middleware after CORSMiddleware chose a URLconf, so preflights are decided "
                "without it; move that middleware before CORSMiddleware",
                quote(environ["PATH_INFO"]),
            )
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items()])
        return ()


class DjangoResolver(RouterResolver):
    """A resolver that reads the view that Django has resolved, or asks the request's URLconf."""

    tables: ClassVar[Mapping[str, str]] = {name: f"CORS_{name.upper()}" for name in TABLES}

    def __init__(self) -> None:
        policies: Any = getattr(settings, "CORS_POLICIES", {})
        super().__init__(policies, getattr(settings, "CORS_ENDPOINTS", {}))
        self._urlconfs: list[Any] = [settings.ROOT_URLCONF]

    @property
    def debug(self) -> bool:
        """Whether the project is in debug mode."""
        return bool(settings.DEBUG)

    def add_urlconf_of(self, request: WSGIRequest) -> bool:
        """Add the URLconf that middleware has chosen; return whether it is new.

        Of more than :data:`MAX_URLCONFS`, the first ones are kept. The views of the others keep
        their policies, but names in their decorators are not checked before they answer.
        """
        urlconf = _urlconf_of(request)
        if urlconf in self._urlconfs or len(self._urlconfs) > MAX_URLCONFS:
            return False
        self._urlconfs.append(urlconf)
        self._registry = None
        return True

    def matched(self, environ: "WSGIEnvironment") -> Target | None:
        """Return the view that Django has resolved, if it serves the method."""
        request: WSGIRequest = environ[REQUEST_KEY]
        match, method = request.resolver_match, request.method or ""
        return None if match is None else _served_by(match, method).get(method)

    def match(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        """Resolve the path, or the path with a slash to which Django would redirect."""
        urlconf, path = _urlconf_of(environ.get(REQUEST_KEY)), get_path_info(environ) or "/"
        with _language_of(path, urlconf):
            match = _resolve(path, urlconf)
            redirected = match is None and not path.endswith("/") and _appends_slashes()
            if redirected:
                match = _resolve(f"{path}/", urlconf)
                if not getattr(match and match.func, "should_append_slash", True):
                    match = None
        if match is None:
            return NOT_FOUND
        served = _served_by(match, method)
        if redirected:  # by a 301, which browsers follow with a GET if they sent a POST
            by_get = served.get("GET") if method.upper() == "POST" else None
            served = {name: target for name, target in served.items() if name != "POST"}
            served |= {"POST": by_get} if by_get else {}
        return RouteMatch(served.get(method.upper(), "method-not-allowed"), served)

    def routes(self) -> Iterator[tuple[str, Sequence[str], Target]]:
        """Yield every route of the project's URLconf, and of those that middleware chose."""
        for urlconf in self._urlconfs:
            for match in _walk(get_resolver(urlconf)):
                served = _served_by(match)
                for target in {id(target): target for target in served.values()}.values():
                    methods = [name for name, its in served.items() if its is target]
                    yield target.rule, methods, target


def _middleware_of_kind(kind: type) -> list[bool]:
    """Return, for each entry of ``MIDDLEWARE``, whether it is of this class."""
    middleware: list[object] = [import_string(path) for path in settings.MIDDLEWARE]
    return [isinstance(one, type) and issubclass(one, kind) for one in middleware]


def _urlconf_of(request: object) -> Any:
    return getattr(request, "urlconf", None) or settings.ROOT_URLCONF


def _resolve(path: str, urlconf: Any) -> Any:
    """Return Django's match, or ``None``."""
    with suppress(Resolver404):
        return resolve(path, urlconf)
    return None


def _served_by(match: Any, method: str = "GET") -> Mapping[str, Target]:
    """Return the methods that a route serves, with the view for each."""
    view, endpoint, rule = match.func, match.view_name, f"/{match.route.removeprefix('^')}"
    # In a ViewSet of Django REST framework, functions of any name serve the methods.
    actions: Mapping[str, str] = getattr(view, "actions", None) or {}
    if not actions:
        return dict.fromkeys(_methods_of(view, method), Target(endpoint, view, rule))
    views = {name: MethodOf(view.cls, name, view=view) for name in actions.values()}
    targets = {name: Target(endpoint, view, rule) for name, view in views.items()}
    actions = {"head": actions.get("get", ""), **actions}
    names = _names(view.cls, view.initkwargs)
    return {name.upper(): targets[actions[name]] for name in names if actions.get(name)}


def _methods_of(view: Any, method: str) -> Sequence[str]:
    """Return the methods that a class defines; for a function, the usual ones."""
    view_class: Any = getattr(view, "view_class", None)
    if not (isinstance(view_class, type) and issubclass(view_class, View)):
        return sorted({*USUAL_METHODS, method.upper()})
    names = _names(view_class, getattr(view, "view_initkwargs", {}))
    return [name.upper() for name in names if _defines(view_class, name)]


def _names(view_class: Any, given: Mapping[str, Any]) -> Sequence[str]:
    return sorted(given.get("http_method_names", view_class.http_method_names))


def _defines(view_class: type[View], name: str) -> bool:
    if name == "options":  # Django answers it for classes that do not define it
        return view_class.options is not View.options
    return hasattr(view_class, name) or (name == "head" and hasattr(view_class, "get"))


def _appends_slashes() -> bool:
    return settings.APPEND_SLASH and any(_middleware_of_kind(CommonMiddleware))


def _language_of(path: str, urlconf: Any) -> AbstractContextManager[object]:
    """Activate the language with which the path begins: ``i18n_patterns`` match no other."""
    if not is_language_prefix_patterns_used(urlconf)[0]:
        return nullcontext()
    # LocaleMiddleware does so later; until then the thread has the language of its last request.
    return translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE)


def _walk(
    resolver: Any, route: str = "", namespaces: list[str | None] | None = None
) -> Iterator[ResolverMatch]:
    """Yield every route, as Django would match it."""
    for pattern in resolver.url_patterns:
        longer = route + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, longer, [*(namespaces or ()), pattern.namespace])
        else:
            view, name = pattern.callback, pattern.name
            yield ResolverMatch(view, (), {}, name, None, namespaces, longer)


def _preflight_response(status: str, body: Iterable[bytes]) -> HttpResponse:
    return HttpResponse(b"".join(body), status=int(status.partition(" ")[0]))


@register("cors")
def check_cors(**_: object) -> list[CheckMessage]:
    """Check the settings, and every name that a decorator or a setting uses."""
    return [*_check_place(CORSMiddleware), *_check_settings(), *_check_policies()]


def _check_place(middleware: type) -> Iterator[CheckMessage]:
    """Check that the middleware is first."""
    places = _middleware_of_kind(middleware)
    if not any(places):
        hint = f'use MIDDLEWARE = ["{middleware.__module__}.CORSMiddleware", ...]'
        yield Error("no CORS: CORSMiddleware is not in MIDDLEWARE", hint, id="wsgicors.missing")
    elif not places[0]:
        message = "CORSMiddleware is not first in MIDDLEWARE, so responses of middleware before it "
        message += "have no CORS headers"
        hint = "move it up; only middleware that chooses the URLconf or changes the path belongs "
        hint += "before it"
        yield Warning(message, hint, id="wsgicors.not-first")


def _check_settings() -> Iterator[CheckMessage]:
    """Check that no setting is misspelt, or one of another library."""
    for name in dir(settings):
        if name.startswith("CORS_") and name not in SETTINGS:
            near = difflib.get_close_matches(name, SETTINGS, n=1)
            hint = f"use {near[0]}" if near else "use CORS_POLICIES, and remove it"
            yield Warning(
                f"wsgicors does not read the setting {name}", hint, id="wsgicors.unknown-setting"
            )


def _check_policies() -> Iterator[CheckMessage]:
    """Check the policies and the names in decorators and settings, and that routes reach them."""
    from .auditing.survey import survey_router  # only needed for a check

    try:
        strays = survey_router(DjangoResolver()).strays
    except PolicyError as error:
        for problem in error.problems:
            code = f"wsgicors.{problem.code}"
            yield Error(problem.message, obj=problem.setting, id=code)
        return
    message, hint = (
        "@cors has no effect here, because no route reaches this view",
        "add a route, or remove @cors",
    )
    for stray in strays:
        where = f"{stray.name} ({stray.place})"
        yield Warning(message, hint, obj=where, id="wsgicors.unreached-mark")
