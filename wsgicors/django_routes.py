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

from .routing import NOWHERE, USUAL_METHODS, Landing, RouterResolver, Target

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
        if request.resolver_match is None:
            return None
        target, method = _target(request.resolver_match), request.method or ""
        return target if method in _methods_of(target.view, method) else None

    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Resolve the path, or what Django would redirect it to by appending a slash."""
        urlconf, path = _urlconf_of(environ.get(REQUEST)), get_path_info(environ) or "/"
        with _language_of(path, urlconf):
            target = _resolve(path, urlconf)
            redirected = target is None and not path.endswith("/") and _appends_slashes()
            if redirected:
                target = _resolve(f"{path}/", urlconf)
                if not getattr(target and target.view, "should_append_slash", True):
                    target = None
        if target is None:
            return NOWHERE
        served = dict.fromkeys(_methods_of(target.view, method), target)
        return Landing(served.get(method.upper(), "unserved"), served, redirected)

    def routes(self) -> Iterator[tuple[str, Sequence[str], Target]]:
        """Yield every route of the project's URLconf, and of those that middleware has chosen."""
        for urlconf in self._urlconfs:
            for target in _walk(get_resolver(urlconf)):
                yield target.rule, _methods_of(target.view), target


def kinds_of_middleware(kind: type) -> list[bool]:
    """Tell of each entry of ``MIDDLEWARE`` whether it is of this kind."""
    middleware: list[object] = [import_string(path) for path in settings.MIDDLEWARE]
    return [isinstance(one, type) and issubclass(one, kind) for one in middleware]


def _urlconf_of(request: object) -> Any:
    return getattr(request, "urlconf", None) or settings.ROOT_URLCONF


def _resolve(path: str, urlconf: Any) -> Target | None:
    with suppress(Resolver404):
        return _target(resolve(path, urlconf))
    return None


def _target(match: Any) -> Target:
    return Target(match.view_name, match.func, f"/{match.route.removeprefix('^')}")


def _methods_of(view: Any, method: str = "GET") -> Sequence[str]:
    """Return the methods that a class-based view defines; of others only their code knows."""
    view_class: Any = getattr(view, "view_class", None)
    if not (isinstance(view_class, type) and issubclass(view_class, View)):
        return sorted({*USUAL_METHODS, method.upper()})
    given: Mapping[str, Any] = getattr(view, "view_initkwargs", {})
    names: Sequence[str] = given.get("http_method_names", view_class.http_method_names)
    return sorted(name.upper() for name in names if _defines(view_class, name))


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
) -> Iterator[Target]:
    for pattern in resolver.url_patterns:
        longer = route + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, longer, [*(namespaces or ()), pattern.namespace])
        else:  # as Django names it when it resolves a path
            view, name = pattern.callback, pattern.name
            yield _target(ResolverMatch(view, (), {}, name, None, namespaces, longer))
