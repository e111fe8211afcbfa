"""The same API in each framework, with its policies in the places that the framework has.

The view ``items`` is at ``/items``, ``slashed`` at ``/slashed/``, ``login`` at ``/login``; no
policy but the app's default applies to ``others`` at ``/others``.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any

import bottle
import falcon
from django.http import HttpResponse
from django.urls import path
from flask import Blueprint, Flask, Response
from flask.views import MethodView
from pyramid.config import Configurator
from pyramid.response import Response as PyramidResponse
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

import wsgicors.bottle
import wsgicors.falcon
import wsgicors.flask
import wsgicors.pyramid
import wsgicors.werkzeug
from tests.adapters.django_projects import CORS as DJANGO_CORS
from tests.adapters.django_projects import Project
from tests.browser.grid.model import FORM, Answer, App, Site, Stack
from wsgicors import CORSMiddleware
from wsgicors.routing import cors

Wrap = Callable[[App], App]

ROUTES = (("items", "/items"), ("others", "/others"), ("slashed", "/slashed/"), ("login", "/login"))


class Broken(Exception):
    """What a view raises."""


def respond(stack: Stack, name: str) -> Answer:
    if name == "items" and stack.raises:
        raise Broken("the database is locked")
    return {"items": stack.answer, "login": FORM}.get(name, Answer())


def marked(stack: Stack, site: Site, key: str, code: Any) -> Any:
    """Return a view or class with the mark that the stack gives it, if there is one."""
    if key not in stack.policies:
        return code
    settings = stack.policies[key]
    if settings is not None and "base" in settings:
        rest = {name: site.fill(value) for name, value in settings.items() if name != "base"}
        return cors(settings["base"], **rest)(code)
    return cors(stack.policy(key, site))(code)


def called(view: Any, name: str) -> Any:
    """Return a view with another name."""
    view.__name__ = view.__qualname__ = name
    return view


def hiding(view: Any) -> Any:
    """Decorate a view without ``functools.wraps``."""

    def inner(*arguments: Any, **named: Any) -> Any:
        return view(*arguments, **named)

    inner.__name__ = view.__name__
    return inner


def decorated(stack: Stack, site: Site, name: str, view: Any) -> Any:
    """Return a view with its mark, and perhaps with a decorator that hides it."""
    if stack.hides and name == "items":
        key = "top:items"
        view = hiding(marked(stack, site, f"view:{name}", view))
        return marked(stack, site, key, view)
    return marked(stack, site, f"view:{name}", view)


def default(stack: Stack, site: Site) -> Any:
    return stack.policy("default", site) if "default" in stack.policies else None


def methods_of(stack: Stack, name: str) -> tuple[str, ...]:
    return (
        stack.methods if name == "items" else tuple(sorted({"GET", "POST", "PUT", *stack.methods}))
    )


def make_flask(stack: Stack, site: Site, wrap: Wrap) -> App:
    app = Flask("grid")
    app.wsgi_app = wrap(app.wsgi_app)
    wsgicors.flask.CORS(
        app,
        default(stack, site),
        policies=stack.table("named", site),
        endpoints=stack.table("endpoints", site),
        blueprints=stack.table("blueprint", site),
    )
    views: Any = Blueprint("api", __name__) if stack.table("blueprint", site) else app

    def add(name: str, rule: str) -> None:
        def items() -> Response:
            status, headers, body = respond(stack, name)
            return Response(body, status, [*map(site.fill, headers)])

        view = decorated(stack, site, name, called(items, name))
        views.add_url_rule(rule, name, view, methods=methods_of(stack, name))

    for name, rule in ROUTES:
        if name == "items" and {"class:items", "method:items"} & {*stack.policies}:
            views.add_url_rule(rule, name, view_func=_class_of(stack, site))
        else:
            add(name, rule)
    if views is not app:
        app.register_blueprint(views)
    return app


def _class_of(stack: Stack, site: Site) -> Any:
    class Items(MethodView):
        pass

    for method in stack.methods:
        view = marked(stack, site, "method:items", _method_of(stack, site))
        setattr(Items, method.lower(), view)
    Items.methods = {*stack.methods}
    return marked(stack, site, "class:items", Items).as_view("items")


def _method_of(stack: Stack, site: Site) -> Any:
    def items(self: Any) -> Response:
        status, headers, body = respond(stack, "items")
        return Response(body, status, [*map(site.fill, headers)])

    return items


LOCK = RLock()
"""Held while the settings of a Django project apply: they belong to the whole process."""


class Locked(Project):
    def __call__(self, environ: Any, start_response: Any) -> Any:
        with LOCK:
            return super().__call__(environ, start_response)


def make_django(stack: Stack, site: Site, wrap: Wrap) -> App:
    def add(name: str, rule: str) -> Any:
        def items(request: Any) -> HttpResponse:
            status, headers, body = respond(stack, name)
            response = HttpResponse(body, status=int(status.partition(" ")[0]))
            for key, value in map(site.fill, headers):
                response[key] = value
            return response

        def guarded(request: Any) -> HttpResponse:
            if request.method not in methods_of(stack, name):
                return HttpResponse(status=405)
            return items(request)

        view = decorated(stack, site, name, called(guarded, name))
        return path(rule[1:], view, name=name)

    policies: dict[str, Any] = {**stack.table("named", site)}
    if default(stack, site) is not None:
        policies["default"] = default(stack, site)
    return Locked(
        [add(name, rule) for name, rule in ROUTES],
        MIDDLEWARE=[DJANGO_CORS, "django.middleware.common.CommonMiddleware"],
        CORS_POLICIES=policies,
        CORS_ENDPOINTS=stack.table("endpoints", site),
    )


def make_falcon(stack: Stack, site: Site, wrap: Wrap) -> App:
    app = falcon.App()

    def add(name: str, rule: str) -> None:
        def answer(self: Any, req: Any, resp: Any) -> None:
            status, headers, body = respond(stack, name)
            resp.status, resp.text = status, body
            for key, value in map(site.fill, headers):
                resp.append_header(key, value)

        class Items:
            pass

        for method in methods_of(stack, name):
            responder = marked(stack, site, f"view:{name}", _copy(answer))
            setattr(Items, f"on_{method.lower()}", responder)
        app.add_route(rule, marked(stack, site, f"class:{name}", Items)())

    for name, rule in ROUTES:
        add(name, rule)
    return wsgicors.falcon.CORS(
        app,
        default(stack, site),
        policies=stack.table("named", site),
        endpoints=stack.table("endpoints", site),
    )


def _copy(view: Any) -> Any:
    def on_request(self: Any, req: Any, resp: Any) -> None:
        view(self, req, resp)

    return on_request


def make_bottle(stack: Stack, site: Site, wrap: Wrap) -> App:
    app = bottle.Bottle()
    app.install(
        wsgicors.bottle.CORS(
            default(stack, site),
            policies=stack.table("named", site),
            endpoints=stack.table("endpoints", site),
        )
    )

    def add(name: str, rule: str) -> None:
        def items() -> Any:
            status, headers, body = respond(stack, name)
            return bottle.HTTPResponse(body, status, [*map(site.fill, headers)])

        view = decorated(stack, site, name, called(items, name))
        app.route(rule, [*methods_of(stack, name)], view, name=name)

    for name, rule in ROUTES:
        add(name, rule)
    return app


def make_pyramid(stack: Stack, site: Site, wrap: Wrap) -> App:
    config = Configurator()
    wsgicors.pyramid.CORS(
        config,
        default(stack, site),
        policies=stack.table("named", site),
        endpoints=stack.table("endpoints", site),
    )

    def add(name: str, rule: str) -> None:
        def items(*_: Any) -> Any:
            status, headers, body = respond(stack, name)
            return PyramidResponse(body.encode(), status, headerlist=[*map(site.fill, headers)])

        config.add_route(name, rule)
        view = decorated(stack, site, name, called(items, name))
        config.add_view(view, route_name=name, request_method=methods_of(stack, name))

    for name, rule in ROUTES:
        add(name, rule)
    return config.make_wsgi_app()


def make_werkzeug(stack: Stack, site: Site, wrap: Wrap) -> App:
    rules = Map(
        [Rule(rule, endpoint=name, methods=methods_of(stack, name)) for name, rule in ROUTES]
    )

    def make(name: str) -> Any:
        def items() -> Answer:
            return respond(stack, name)

        return decorated(stack, site, name, called(items, name))

    views = {name: make(name) for name, _ in ROUTES}

    def dispatch(environ: Any, start_response: Any) -> Any:
        try:
            name, _ = rules.bind_to_environ(environ).match()
        except HTTPException as error:
            return error(environ, start_response)
        return views[name]().send(site, start_response)

    return wsgicors.werkzeug.CORS(
        wrap(dispatch),
        rules,
        views,
        default(stack, site),
        policies=stack.table("named", site),
        endpoints=stack.table("endpoints", site),
    )


def make_bare(stack: Stack, site: Site, wrap: Wrap) -> App:
    """Make a WSGI function with ``CORSMiddleware`` around it, or with none."""

    def bare(environ: Any, start_response: Any) -> Any:
        name = environ["PATH_INFO"].strip("/")
        if name not in dict(ROUTES):
            return Answer("404 Not Found").send(site, start_response)
        if environ["REQUEST_METHOD"] not in methods_of(stack, name):
            allowed = ("Allow", ", ".join(methods_of(stack, name)))
            return Answer("405 Method Not Allowed", (allowed,)).send(site, start_response)
        return respond(stack, name).send(site, start_response)

    app = wrap(bare)
    if "resolver" in stack.policies:
        made = stack.policy("resolver", site)
        return CORSMiddleware(app, resolve=lambda environ, method: made)
    if "wrapper" in stack.policies:
        return CORSMiddleware(app, stack.policy("wrapper", site))
    return app


MAKERS: dict[str, Callable[[Stack, Site, Wrap], App]] = {
    "flask": make_flask,
    "django": make_django,
    "falcon": make_falcon,
    "bottle": make_bottle,
    "pyramid": make_pyramid,
    "werkzeug": make_werkzeug,
    "bare": make_bare,
}
