"""CORS for Django under WSGI: each view has its own policy.

::

    INSTALLED_APPS = ["wsgicors.django", ...]  # for `manage.py check`
    MIDDLEWARE = ["wsgicors.django.CORSMiddleware", ...]  # first
    CORS_POLICIES = {"default": {"allow_origins": ["https://app.example"]}}
    CORS_ENDPOINTS = {"admin:index": None}  # views that cannot be decorated

    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(request): ...
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, ClassVar, cast
from weakref import WeakKeyDictionary

from django.apps import apps
from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIRequest, get_path_info
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.urls import Resolver404, URLResolver, get_resolver, resolve
from django.utils import translation

from .._core.headers import Header, visible
from .._core.places import Place
from .._core.problems import PolicyError
from .._core.protocol import method_after_redirect
from .._decorator import cors
from .._introspection import quote_path
from .._middleware import CORSMiddleware as WSGIMiddleware
from .._registry import TABLES, PolicyRegistry
from .._wrappers import configured_resolvers
from ..routing import NOT_FOUND, RouteMatch, RouterResolver, Target
from ..routing._configured import load_file, read_configured
from ._settings import (
    check_settings,
    check_the_observer,
    copy_setting,
    locate,
    place_of_setting,
    read_middleware,
    read_observer,
    read_other_layers,
)
from ._views import accepted_by, served_as_get, served_by, walk

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["CORSMiddleware", "cors"]

logger = logging.getLogger("wsgicors")

REQUEST_KEY = "wsgicors.django.request"
"""The key in the environ for Django's request."""

RESPONSE_KEY = "wsgicors.django.response"
"""The key in the environ for Django's response."""

MAX_URLCONFS = 100
"""The most URLconfs chosen by middleware that are kept: it may create one for each request."""

MAY_BE_FIRST = (
    "aws_xray_sdk",
    "ddtrace",
    "debug_toolbar",
    "django_guid",
    "django_hosts",
    "django_prometheus",
    "django_structlog",
    "elasticapm",
    "log_request_id",
    "newrelic",
    "opentelemetry",
    "scout_apm",
    "silk",
)
"""Packages whose middleware measures, or chooses the URLconf, and is to be first by its docs."""

_registries: "WeakKeyDictionary[URLResolver, tuple[object, PolicyRegistry]]" = WeakKeyDictionary()
"""The policies that were read last with a URLconf, and the settings that they were read from."""


class CORSMiddleware:
    """Django's middleware for CORS, first in ``MIDDLEWARE``.

    It answers preflights, and adds headers to all other responses. It does so with the wrapper for
    WSGI apps, for which the middleware and views further in are an app.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.resolver = DjangoResolver()
        self.resolver.load_file()
        observer = read_observer()
        self._wrapped = WSGIMiddleware(self._respond, resolve=self.resolver, observer=observer)
        for message in (*_check_place(type(self)), *_check_other_layers()):
            if not message.is_silenced():
                code = str(message.id).removeprefix("wsgicors.")
                logger.warning("%s; %s [%s]", message.msg, message.hint, code)

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
                quote_path(environ),
            )
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items()])
        return ()


class DjangoResolver(RouterResolver):
    """A resolver that reads the view that Django has resolved, or asks the request's URLconf."""

    framework: ClassVar[str] = "Django"
    tables: ClassVar[Mapping[str, str]] = {name: f"CORS_{name.upper()}" for name in TABLES}

    def __init__(self) -> None:
        policies: Any = getattr(settings, "CORS_POLICIES", {})
        super().__init__(policies, getattr(settings, "CORS_ENDPOINTS", {}))
        self._urlconfs: list[Any] = [settings.ROOT_URLCONF]

    def registry(self) -> PolicyRegistry:
        """Return the policies, which are read again if middleware has chosen a new URLconf."""
        registry, version = self._registry, len(self._urlconfs)
        if registry is None or self._version < version:
            registry = self._registry_at(version)
        return registry

    def _load_registry(self) -> PolicyRegistry:
        """Return the policies, which are read once for a URLconf, not for each middleware.

        Every test client of Django makes a new middleware, and reading all views takes time.
        """
        urlconf, given = get_resolver(self._urlconfs[-1]), self._given()
        known, registry = _registries.get(urlconf, (None, None))
        if registry is None or known != given:
            registry = super()._load_registry()
            _registries[urlconf] = given, registry
        return registry

    def load_file(self) -> None:
        """Read the file that the settings name, unless the policies have been read before."""
        known, _ = _registries.get(get_resolver(self._urlconfs[-1]), (None, None))
        if known != self._given():
            load_file(self._policies, self.tables["policies"], locate, self._files)

    def _given(self) -> object:
        """Return what the policies are read from, to compare it later."""
        return [*self._urlconfs], copy_setting(self._policies), copy_setting(self._endpoints)

    def read_registry(self) -> PolicyRegistry:
        """Read the policies as they are now, those of decorators in the URLconfs too."""
        for urlconf in self._urlconfs:  # imports their views: until then no @cors may be in use
            _ = get_resolver(urlconf).url_patterns
        self.place = self.place_of_table("policies")
        name = self.tables["policies"]
        policies = read_configured(self._policies, name, locate, self._files)
        tables = self._endpoints, None, (), self.tables
        return PolicyRegistry(policies, self.views(), *tables, self.place)

    def place_of_table(self, table: str) -> Place | None:
        """Return the line of the settings that has a table."""
        return place_of_setting(self.tables[table])

    def begin(self) -> None:
        """Warn of decorated views that no route reaches."""
        super().begin()
        self.warn_of_strays()

    def packages(self) -> set[str]:
        """Return the packages of the URLconfs and of the installed apps."""
        urlconfs = (getattr(urlconf, "__name__", urlconf) for urlconf in self._urlconfs)
        names = [name for name in urlconfs if isinstance(name, str)]
        names += [config.name for config in apps.get_app_configs()]
        return {name.partition(".")[0] for name in names}

    def configuration(self) -> Mapping[str, str]:
        """Return the name of the settings module, if there is one."""
        module = getattr(settings, "SETTINGS_MODULE", None)
        return {"DJANGO_SETTINGS_MODULE": module} if module else {}

    def other_layers(self) -> list[str]:
        """Return the middleware of django-cors-headers."""
        return read_other_layers()

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
        return True

    def matched(self, environ: "WSGIEnvironment") -> Target | None:
        """Return the view that Django has resolved, if it serves the method."""
        request: WSGIRequest = environ[REQUEST_KEY]
        match, method = request.resolver_match, request.method or ""
        return None if match is None else served_by(match, method).get(method)

    def match(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> RouteMatch | None:
        """Resolve the path, or the path with a slash to which Django would redirect."""
        urlconf, path = _urlconf_of(environ.get(REQUEST_KEY)), get_path_info(environ) or "/"
        with _language_of(path, urlconf):
            match = _resolve(path, urlconf)
            status = _slash_status() if match is None and not path.endswith("/") else None
            if status is not None:
                match = _resolve(f"{path}/", urlconf)
                if not getattr(match and match.func, "should_append_slash", True):
                    match = None
        if match is None:
            return NOT_FOUND
        served = served_by(match, method)
        if status is not None:
            by_get, asked = served.get("GET"), method.upper()
            kept = {name for name in served if method_after_redirect(status, name) == name}
            served = {name: target for name, target in served.items() if name in kept}
            if by_get and method_after_redirect(status, asked) != asked:
                served[asked] = served_as_get(by_get)
        return RouteMatch(served.get(method.upper(), "method-not-allowed"), served)

    def routes(self) -> Iterator[tuple[str, Sequence[str], Target]]:
        """Yield every route of the project's URLconf, and of those that middleware chose."""
        for urlconf in self._urlconfs:
            for match in walk(get_resolver(urlconf)):
                served = served_by(match)
                if accepted := accepted_by(match):  # if all are unusual, the usual ones stay
                    served = {name: served[name] for name in served if name in accepted} or served
                for target in {id(target): target for target in served.values()}.values():
                    methods = [name for name, its in served.items() if its is target]
                    yield target.rule, methods, target


def resolver_of_settings() -> DjangoResolver | None:
    """Return a resolver of the project; ``None`` if it has no CORS middleware."""
    has_cors = any(_is_of_kind(found, CORSMiddleware) for found in read_middleware().values())
    return DjangoResolver() if has_cors else None


configured_resolvers["django"] = resolver_of_settings


def views_of(app: Any) -> Iterable[object]:
    """Return the views of the project, also if it has no CORS."""
    return (view for _, view in DjangoResolver().views())


def _is_of_kind(middleware: object, kind: type) -> bool:
    return isinstance(middleware, type) and issubclass(middleware, kind)


def _urlconf_of(request: object) -> Any:
    return getattr(request, "urlconf", None) or settings.ROOT_URLCONF


def _resolve(path: str, urlconf: Any) -> Any:
    """Return Django's match, or ``None``."""
    with suppress(Resolver404):
        return resolve(path, urlconf)
    return None


def _slash_status() -> int | None:
    """Return the status with which Django appends a slash; ``None`` if it does not."""
    for middleware in read_middleware().values() if settings.APPEND_SLASH else ():
        if isinstance(middleware, type) and issubclass(middleware, CommonMiddleware):
            return middleware.response_redirect_class.status_code
    return None


def _language_of(path: str, urlconf: Any) -> AbstractContextManager[object]:
    """Activate the language with which the path begins: ``i18n_patterns`` match no other."""
    if not is_language_prefix_patterns_used(urlconf)[0]:
        return nullcontext()
    # LocaleMiddleware does so later; until then the thread has the language of its last request.
    return translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE)


def _preflight_response(status: str, body: Iterable[bytes]) -> HttpResponse:
    return HttpResponse(b"".join(body), status=int(status.partition(" ")[0]))


@register("cors")
def check_cors(**_: object) -> list[CheckMessage]:
    """Check the settings, and every name that a decorator or a setting uses."""
    return [
        *_check_place(CORSMiddleware),
        *_check_other_layers(),
        *check_settings(),
        *check_the_observer(),
        *_check_policies(),
    ]


def _check_place(middleware: type) -> Iterator[CheckMessage]:
    """Check that the middleware is first, but for what may be before it."""
    before: list[str] = []
    for path, found in read_middleware().items():
        if _is_of_kind(found, middleware):
            break
        before.append(path)
    else:
        hint = f'use MIDDLEWARE = ["{middleware.__module__}.CORSMiddleware", ...]'
        yield Error("no CORS: CORSMiddleware is not in MIDDLEWARE", hint, id="wsgicors.missing")
        return
    if names := ", ".join(p for p in before if p.partition(".")[0] not in MAY_BE_FIRST):
        message = (
            f"CORSMiddleware is not first in MIDDLEWARE: what {names} answers without calling "
        )
        message += "the middleware after it has no CORS headers"
        hint = "move CORSMiddleware up; only middleware that measures, chooses the URLconf or "
        hint += "changes the path belongs before it"
        yield Warning(message, hint, id="wsgicors.not-first")


def _check_other_layers() -> Iterator[CheckMessage]:
    """Check that no other library writes CORS headers too."""
    for path in read_other_layers():
        message = f"{path} writes CORS headers beside {__name__}.CORSMiddleware: it may answer "
        message += "preflights, and pages may read what wsgicors leaves without CORS"
        hint = "remove one of the two from MIDDLEWARE"
        yield Warning(message, hint, id="wsgicors.other-cors-layer")


def _check_policies() -> Iterator[CheckMessage]:
    """Check the policies and the names in decorators and settings, and that routes reach them."""
    from ..auditing.survey import survey_router  # only needed for a check

    try:
        strays = survey_router(DjangoResolver()).strays
    except PolicyError as error:
        for problem in error.problems:
            code = f"wsgicors.{problem.code}"
            yield Error(problem.message, obj=problem.setting, id=code)
        return
    except OSError as error:
        yield Error(str(error), obj="CORS_POLICIES", id="wsgicors.unreadable-file")
        return
    for stray in strays:
        where = visible(f"{stray.name} ({stray.place})")
        message = "@cors has no effect here, because no route reaches this view"
        hint = "add a route, put @cors on what the route names, or use CORS_ENDPOINTS"
        yield Warning(message, hint, obj=where, id="wsgicors.unreached-mark")
