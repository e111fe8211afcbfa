"""CORS for Django, served by WSGI: every view under its own policy.

::

    INSTALLED_APPS = ["wsgicors.django", ...]  # for `manage.py check`
    MIDDLEWARE = ["wsgicors.django.CORSMiddleware", ...]  # first
    CORS_POLICIES = {"default": {"allow_origins": ["https://app.example"]}}
    CORS_ENDPOINTS = {"admin:index": None}  # views that cannot be decorated

    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(request): ...
"""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from django.core.checks import CheckMessage, register
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from .core.headers import Header, quote
from .django_checks import check_place, check_policies, check_settings
from .marks import cors
from .routers.django import REQUEST, DjangoResolver
from .wsgi import RoutedMiddleware

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["CORSMiddleware", "cors"]

logger = logging.getLogger("wsgicors")


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
        for message in check_place(type(self)):
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
        environ["REQUEST_METHOD"] = environ[REQUEST].method
        if self.resolver.learn(environ[REQUEST]):
            logger.warning(
                "%s: a URLconf was chosen behind CORSMiddleware, which decides preflights without "
                "it; move the middleware that chooses before CORSMiddleware",
                quote(environ["PATH_INFO"]),
            )
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items()])
        return cast("Iterable[bytes]", response)


def _answer(status: str, body: Iterable[bytes]) -> HttpResponse:
    return HttpResponse(b"".join(body), status=int(status.partition(" ")[0]))


@register("cors")
def check_cors(**_: object) -> list[CheckMessage]:
    """Check the settings, and every name that a mark or a setting uses."""
    return [*check_place(CORSMiddleware), *check_settings(), *check_policies()]
