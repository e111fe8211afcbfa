"""CORS for Django, served by WSGI: every view under its own policy.

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
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from .core.headers import Header
from .core.problems import PolicyError
from .marks import cors
from .routers.django import REQUEST, DjangoResolver, kinds_of_middleware
from .wsgi import RoutedMiddleware

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["CORSMiddleware", "cors"]

logger = logging.getLogger("wsgicors")

SETTINGS = ("CORS_ENDPOINTS", "CORS_POLICIES")
"""All settings of ours."""


class CORSMiddleware:
    """Django's middleware for CORS, first in ``MIDDLEWARE``.

    Preflights are answered here; all other responses get headers, by the wrapper for WSGI apps:
    to that, what lies further in is an app, and a response of Django's is the body it returns.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.resolver = DjangoResolver()
        self._wrapped = RoutedMiddleware(self._respond, resolve=self.resolver)
        for message in _check_place():
            if not message.is_silenced():
                logger.warning("%s; %s", message.msg, message.hint)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a preflight, or let Django answer and add the headers.

        :raises ImproperlyConfigured: if the request did not come by WSGI.
        """
        if not isinstance(request, WSGIRequest):
            raise ImproperlyConfigured("wsgicors is for WSGI; take CORSMiddleware out under ASGI")
        self.resolver.learn(request)
        # As PEP 3333 has it, for Django has decoded the path, and reads methods in any case.
        path, method = request.path_info.encode().decode("latin-1"), request.method
        environ = {**request.environ, "PATH_INFO": path, "REQUEST_METHOD": method, REQUEST: request}
        status, headers = "", list[Header]()

        def start(given: str, lines: list[Header], _: object = None, /) -> Callable[[bytes], None]:
            nonlocal status, headers
            status, headers = given, lines
            return lambda _: None

        body = self._wrapped(environ, start)
        response = body if isinstance(body, HttpResponseBase) else _answer(status, body)
        for name in {*response.headers}.difference(name for name, _ in headers):
            del response.headers[name]
        for name, value in headers:
            response.headers[name] = value
        return response

    def _respond(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        response = self.get_response(environ[REQUEST])
        if self.resolver.learn(environ[REQUEST]):
            logger.warning(
                "%r: a URLconf was chosen behind CORSMiddleware, which decides preflights without "
                "it; move the middleware that chooses before CORSMiddleware",
                environ["PATH_INFO"],
            )
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items()])
        return cast("Iterable[bytes]", response)


def _answer(status: str, body: Iterable[bytes]) -> HttpResponse:
    return HttpResponse(b"".join(body), status=int(status.partition(" ")[0]))


@register("cors")
def check_cors(**_: object) -> list[CheckMessage]:
    """Check the settings, and every name that a mark or a setting uses."""
    found = [*_check_place(), *_check_settings()]
    try:
        strays = DjangoResolver().survey().strays
    except PolicyError as error:
        found += [Error(p.message, obj=p.setting, id=f"wsgicors.{p.code}") for p in error.problems]
        return found
    message, hint = "no route reaches what @cors marks here", "give it one, or leave out @cors"
    for stray in strays:
        where = f"{stray.name} ({stray.place})"
        found.append(Warning(message, hint, obj=where, id="wsgicors.unreached-mark"))
    return found


def _check_place() -> Iterator[CheckMessage]:
    places = kinds_of_middleware(CORSMiddleware)
    if not any(places):
        hint = f'write MIDDLEWARE = ["{__name__}.CORSMiddleware", ...]'
        yield Error("no CORS: CORSMiddleware is not in MIDDLEWARE", hint, id="wsgicors.missing")
    elif not places[0]:
        message = "CORSMiddleware is not first in MIDDLEWARE, so what comes before it answers alone"
        hint = "move it up, behind nothing but what chooses the URLconf or changes the path"
        yield Warning(message, hint, id="wsgicors.not-first")


def _check_settings() -> Iterator[CheckMessage]:
    for name in dir(settings):
        if name.startswith("CORS_") and name not in SETTINGS:
            near = difflib.get_close_matches(name, SETTINGS, n=1)
            hint = f"write {near[0]}" if near else "write CORS_POLICIES, and leave it out"
            yield Warning(f"nothing reads the setting {name}", hint, id="wsgicors.unknown-setting")
