"""Random sites, requests and changes; the same seed makes the same ones."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any
from urllib.parse import quote

from tests.helpers import APP, OTHER
from tests.properties.adversarial.sites import (
    METHODS,
    UNMARKED,
    USUAL,
    Handler,
    Request,
    Route,
    Shape,
    Site,
)

ODD_METHODS = ["put", "Post", "EGG", "TRACE", "*", "GET, PUT", "x y", "X" * 101]
URLS = ["/", "/a", "/a/", "/a/b", "/a/{n}", "/a/{n}/", "/b/", "/{n}/b", "/c/{rest}", "/{n}"]
PARAMETERS = {"{n}": ["7", "b", "x"], "{rest}": ["7", "x/y", "x/"]}
ODD_PATHS = ["", "*", "/%61", "/a%2Fb", "/a/%2561", "//", "/a//b", "/./a", "/a/../b", "/A", "/m/x"]
ODD_PATHS += ["/\xff", "/\xc3\xa4", "/no", "/no/", "/old/7"]

ORIGINS = [APP, APP, APP, OTHER, OTHER, "null", "https://evil.test", "http://api.example"]
ORIGINS += ["HTTPS://APP.EXAMPLE", "https://app.example/", "", "https://" + "a" * 200 + ".example"]
HEADER_LISTS = ["content-type", "x-a", "x-a,x-b", "authorization", "X-A , ,content-type", "x y", ""]

ENDINGS = ["plain", "plain", "own headers", "stream", "redirect", "unauthorized", "abort", "raise"]


def make_site(random: Random, shape: Shape) -> Site:
    settings = {name: make_settings(random, name) for name in ("one", "two", "default")}
    if random.random() < 0.4:
        del settings["default"]
    routes: list[Route] = []
    for number in range(random.randint(1, 7)):
        route = make_route(random, shape, f"r{number}")
        taken = {url.strip("/") for other in routes for url in other.urls}
        if shape.routes_on_one_url or not taken & {url.strip("/") for url in route.urls}:
            routes.append(route)
    last = {
        (url, method): route.name
        for route in routes
        for url in route.urls
        for method in route.handlers
    }
    endpoints = {
        route.name: random.choice([None, "one", "two"])
        for route in routes
        if shape.tables and not is_marked(route) and random.random() < 0.3
        if route.name in last.values()  # Bottle forgets a route that a later one replaces
    }
    mark = None if shape.mount == "app" else random.choice([UNMARKED, "one"])
    return Site(
        settings,
        tuple(routes),
        endpoints,
        random.choice([UNMARKED, None, "one", "two"]) if shape.groups else UNMARKED,
        Handler("mounted", mark, "own headers") if shape.mount and random.random() < 0.5 else None,
        random.choice(["", "", "/root"]),
        random.random() < 0.5,
        random.random() < 0.5,
    )


def make_settings(random: Random, name: str) -> dict[str, Any]:
    """Make the settings of a policy; what it exposes tells it from all others."""
    credentials: Any = random.random() < 0.4
    origins = [[APP], [OTHER], [APP, OTHER], ["https://*.example"]]
    listed = random.choice(origins + ([] if credentials else [["*"], [APP, "null"]]))
    if random.random() < 0.3 and listed != [OTHER]:
        credentials = [APP]
    return {
        "allow_origins": listed,
        "allow_methods": random.choice([None, None, None, ["*"], ["PUT"], ["GET", "PATCH"], []]),
        "allow_headers": random.choice([["Content-Type"], ["X-A", "Authorization"], ["*"], []]),
        "expose_headers": [f"X-{name}"],
        "allow_credentials": credentials,
        "max_age": random.choice([None, 0, 60]),
    }


def make_route(random: Random, shape: Shape, name: str) -> Route:
    urls = (random.choice(URLS),)
    if shape.second_urls and random.random() < 0.2:
        urls = ("/d/", "/d/{n}")
    methods = random.sample(METHODS, random.choice([1, 1, 2, 3]))
    is_class = shape.classes and not (shape.functions and random.random() < 0.6)
    in_group = shape.groups and random.random() < 0.4

    def handler(name: str) -> Handler:
        marks = [UNMARKED, UNMARKED, None, "one", "one", "two"]
        return Handler(name, random.choice(marks), random.choice(ENDINGS))

    if is_class:
        handlers = {method: handler(f"{name}.{method}") for method in methods}
        mark = random.choice([UNMARKED, UNMARKED, None, "one", "two"])
        return Route(name, urls, handlers, True, mark, in_group)
    serves_all = random.random() < 0.1
    handlers = dict.fromkeys(USUAL if serves_all else methods, handler(name))
    return Route(name, urls, handlers, in_group=in_group, serves_all=serves_all)


def is_marked(route: Route) -> bool:
    return {route.mark, *(handler.mark for handler in route.handlers.values())} != {UNMARKED}


def paths_of(site: Site) -> list[str]:
    """Return paths that lead to the routes, paths that nearly do, and odd ones."""
    paths = {
        url.replace("{n}", n).replace("{rest}", rest)
        for route in site.routes
        for url in route.urls
        for n, rest in product(*PARAMETERS.values())
    }
    near = {path.rstrip("/") if path.endswith("/") else f"{path}/" for path in paths} - {""}
    odd = {path.replace("/", "//", 1) for path in paths}
    odd |= {quote(path, "/") + "%" for path in paths}
    odd |= {f"{path[:-1]}%{ord(path[-1]):02X}" for path in paths if path}
    return [*sorted(paths) * 3, *sorted(near) * 2, *sorted(odd), *ODD_PATHS]


def make_requests(random: Random, site: Site, count: int) -> list[Request]:
    paths = paths_of(site)
    return [make_request(random, random.choice(paths)) for _ in range(count)]


def make_request(random: Random, path: str) -> Request:
    method = random.choice(METHODS if random.random() < 0.95 else ODD_METHODS)
    origin = random.choice([None, *ORIGINS])
    if random.random() < 0.5:
        return Request(method, path, origin)
    names = random.choice([None, None, *HEADER_LISTS])
    return Request("OPTIONS", path, origin or random.choice(ORIGINS), method, names)


def change_site(
    random: Random, site: Site, shape: Shape, changes: Sequence[str]
) -> tuple[Site, str, Route] | None:
    """Change a site: a route more, or another view or a decorator for one that there is.

    :returns: the site as it is then, what was done, and the route that it was done to.
    """
    old = random.choice(site.routes)
    kind = random.choice(changes)
    if kind == "add" and shape.routes_on_one_url:
        new = replace(make_route(random, shape, f"r{len(site.routes)}"), in_group=False)
        return replace(site, routes=(*site.routes, new)), kind, new
    if kind == "new_policies":
        settings = {name: make_settings(random, name) for name in site.settings}
        return replace(site, settings=settings), kind, old
    is_listed = old.name in site.endpoints
    handlers = dict(old.handlers)
    if kind == "late_mark" and not old.is_class and not is_marked(old) and not is_listed:
        mark = random.choice([None, "one", "two"])
        handlers = {method: replace(handler, mark=mark) for method, handler in handlers.items()}
    elif "replace" not in changes:
        return None
    else:
        kind = "replace"
        handlers = {
            method: replace(
                handler,
                name=f"{handler.name}'",
                mark=UNMARKED if is_listed else random.choice(["one", "two", None]),
            )
            for method, handler in handlers.items()
        }
    if not old.is_class:
        handlers = dict.fromkeys(handlers, next(iter(handlers.values())))
    new = replace(old, handlers=handlers)
    routes = tuple(new if route is old else route for route in site.routes)
    return replace(site, routes=routes), kind, new
