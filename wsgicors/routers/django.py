"""Finding the endpoint of a request as Django does, or seeing which one it has found."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.core.handlers.wsgi import WSGIRequest, get_path_info
from django.middleware.common import CommonMiddleware
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver, resolve
from django.utils import translation
from django.utils.module_loading import import_string
from django.views import View

from ..marks import MethodOf
from ..routing import NOWHERE, USUAL_METHODS, Landing, RouterResolver, Target

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

REQUEST = "wsgicors.django"
"""The key in the environ under which the middleware keeps Django's request."""


class DjangoResolver(RouterResolver):
    """Finds endpoints by the URLconf of a request, or sees which one Django has found."""

    def __init__(self) -> None:
        policies: Any = getattr(settings, "CORS_POLICIES", {})
        super().__init__(policies, getattr(settings, "CORS_ENDPOINTS", {}))
        self._urlconfs: list[Any] = [settings.ROOT_URLCONF]

    @property
    def debug(self) -> bool:
        """Whether the project is in debug mode."""
        return bool(settings.DEBUG)

    @staticmethod
    def spell(table: str) -> str:
        """Return the name of a table's setting."""
        return f"CORS_{table.upper()}"

    def learn(self, request: WSGIRequest) -> bool:
        """Have the marks read of a URLconf that middleware has chosen; tell whether it is new."""
        urlconf = _urlconf_of(request)
        if urlconf in self._urlconfs:
            return False
        self._urlconfs.append(urlconf)
        self._tables = None
        return True

    def matched(self, environ: "WSGIEnvironment") -> Target | None:
        """Return the view that Django has resolved, if it serves the method."""
        request: WSGIRequest = environ[REQUEST]
        match, method = request.resolver_match, request.method or ""
        return None if match is None else _served_by(match, method).get(method)

    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Resolve the path, or what Django would redirect it to by appending a slash."""
        urlconf, path = _urlconf_of(environ.get(REQUEST)), get_path_info(environ) or "/"
        with _language_of(path, urlconf):
            match = _resolve(path, urlconf)
            redirected = match is None and not path.endswith("/") and _appends_slashes()
            if redirected:
                match = _resolve(f"{path}/", urlconf)
                if not getattr(match and match.func, "should_append_slash", True):
                    match = None
        if match is None:
            return NOWHERE
        served = _served_by(match, method)
        return Landing(served.get(method.upper(), "unserved"), served, redirected)

    def routes(self) -> Iterator[tuple[str, Sequence[str], Target]]:
        """Yield every route of the project's URLconf, and of those that middleware has chosen."""
        for urlconf in self._urlconfs:
            for match in _walk(get_resolver(urlconf)):
                served = _served_by(match)
                for target in {id(target): target for target in served.values()}.values():
                    methods = [name for name, its in served.items() if its is target]
                    yield target.rule, methods, target


def kinds_of_middleware(kind: type) -> list[bool]:
    """Tell of each entry of ``MIDDLEWARE`` whether it is of this kind."""
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
    # In a ViewSet of Django REST framework the function that serves a method has any name.
    actions: Mapping[str, str] = getattr(view, "actions", None) or {}
    if not actions:
        return dict.fromkeys(_methods_of(view, method), Target(endpoint, view, rule))
    views = {name: MethodOf(view.cls, name, view=view) for name in actions.values()}
    targets = {name: Target(endpoint, view, rule) for name, view in views.items()}
    actions = {"head": actions.get("get", ""), **actions}
    names = _names(view.cls, view.initkwargs)
    return {name.upper(): targets[actions[name]] for name in names if actions.get(name)}


def _methods_of(view: Any, method: str) -> Sequence[str]:
    """Return the methods that a class defines; what a function serves only its own code knows."""
    view_class: Any = getattr(view, "view_class", None)
    if not (isinstance(view_class, type) and issubclass(view_class, View)):
        return sorted({*USUAL_METHODS, method.upper()})
    names = _names(view_class, getattr(view, "view_initkwargs", {}))
    return [name.upper() for name in names if _defines(view_class, name)]


def _names(view_class: Any, given: Mapping[str, Any]) -> Sequence[str]:
    return sorted(given.get("http_method_names", view_class.http_method_names))


def _defines(view_class: type[View], name: str) -> bool:
    if name == "options":  # Django answers it for all that define none
        return view_class.options is not View.options
    return hasattr(view_class, name) or (name == "head" and hasattr(view_class, "get"))


def _appends_slashes() -> bool:
    return settings.APPEND_SLASH and any(kinds_of_middleware(CommonMiddleware))


def _language_of(path: str, urlconf: Any) -> AbstractContextManager[object]:
    """Speak the language that the path begins with: ``i18n_patterns`` match no other."""
    if not is_language_prefix_patterns_used(urlconf)[0]:
        return nullcontext()
    # As LocaleMiddleware will, which comes later; until then, that of the thread's last request.
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
