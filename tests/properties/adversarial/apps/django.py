"""Django: a function or a class for each URL; slashes are appended by its middleware."""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from django.views import View

from tests.adapters.django_projects import CORS, Project
from tests.properties.adversarial.apps.flask import rule_of
from tests.properties.adversarial.apps.served import Served
from tests.properties.adversarial.sites import Handler, Route, Shape, run

SLASHES = "django.middleware.common.CommonMiddleware"


class DjangoSite(Served):
    shape = Shape(routes_on_one_url=False)
    changes = ("late_mark",)  # a URLconf is read once

    def build(self) -> None:
        patterns = [
            path(rule_of(route.urls[0]).removeprefix("/"), self._view(route), name=route.name)
            for route in self.site.routes
        ]
        middleware = [SLASHES] if self.site.appends_slashes else []
        project = Project(
            patterns,
            MIDDLEWARE=[CORS, *middleware],
            CORS_POLICIES=self.policies,
            CORS_ENDPOINTS=self.table(),
        )
        self._active = project.active()  # for all requests, because it takes long
        self._active.enable()
        self.app = project.handler
        with override_settings(MIDDLEWARE=middleware):
            self.bare = WSGIHandler()

    def close(self) -> None:
        self._active.disable()

    def _view(self, route: Route) -> Any:
        if not route.is_class:
            return self.function(route, view_of)
        methods = {
            method.lower(): self.decorate(handler.mark, view_of(handler, is_method=True))
            for method, handler in route.handlers.items()
        }
        return self.decorate(route.mark, type("Page", (View,), methods)).as_view()


def view_of(handler: Handler, is_method: bool = False) -> Any:
    def answer(request: Any) -> Any:
        status, headers, body = run(handler, request.environ)
        if handler.ending == "abort":
            raise Http404
        kind = StreamingHttpResponse if handler.ending == "stream" else HttpResponse
        return kind(iter(body), status=status, headers=dict(headers))

    if is_method:
        return lambda self, request, **_: answer(request)
    return lambda request, **_: answer(request)
