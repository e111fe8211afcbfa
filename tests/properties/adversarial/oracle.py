"""Which answers are right, found without any code of wsgicors.

The oracle knows the app without CORS, and which policy is written at which view. It sends every
method to a URL of that app: the views note that they run, and a view that runs decides.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from tests.properties.adversarial.sites import (
    METHODS,
    RAN,
    USUAL,
    Request,
    Shape,
    Site,
)
from tests.properties.exchange import Exchange, call
from tests.properties.oracle import (
    ALLOW_CREDENTIALS,
    ALLOW_ORIGIN,
    admits_any,
    answers_differ,
    as_seen,
    decided,
    elements,
    expected,
    is_token,
    preflight_methods,
    preflight_status,
    undecided,
    values,
)

OWN_ORIGIN = "http://api.example"
LISTED = "access-control-allow-methods"
NAMES = "access-control-allow-headers"
MAX_AGE = "access-control-max-age"

Owner = str | None
"""The name of a policy, or no CORS."""


class Oracle:
    """Judges the responses of an app.

    :param bare: the app without CORS.
    """

    def __init__(self, site: Site, shape: Shape, bare: Callable[..., Any]) -> None:
        self._site = site
        self._shape = shape
        self._bare = bare
        self._asked: dict[tuple[str, str], Exchange] = {}

    def faults(self, request: Request, seen: Exchange) -> list[str]:
        """Return what is wrong with a response; nothing if it is right for one possible owner."""
        owners = self.owners(request.path, request.asks if request.is_preflight else request.method)
        if request.is_preflight and "%" in request.path:
            decoded = self.owners(as_cheroot_reads(request.path), request.asks)
            if decoded != owners:
                owners = owners & decoded | {None}
        judge = self._judge_preflight if request.is_preflight else self._judge_actual
        found = [[*judge(request, seen, owner)] for owner in sorted(owners, key=str)]
        return min(found, key=len)

    def owners(self, path: str, method: str) -> set[Owner]:
        """Return the policies that may decide here; more than one only if no view runs."""
        end, method, seen = self._land(path, method)
        has_dots = {".", ".."} & {*path.split("/")}
        if seen is None or (has_dots and self._shape.by_prefix):
            return {None}
        if seen.environ[RAN]:
            return {self._site.policy_of(seen.environ[RAN][0])}
        if not seen.starts:  # Pyramid raises for a path that it cannot decode
            return {None}
        if seen.status.startswith("2"):  # OPTIONS, answered by the framework for some view
            return {None, *self._site.settings}
        possible = {None} if end != path else set()  # a redirect, after which no view runs
        if seen.status.startswith("404") and self._shape.knows_405:
            return possible | {self._site.default}
        named = elements(values(seen.lines, "allow"))
        possible |= self._shared(path, named) | self._shared(end, named)
        return possible or {self._site.default if seen.status.startswith("404") else None}

    def _shared(self, path: str, named: set[str]) -> set[Owner]:
        """Return what may decide if no view at a URL serves the method; nothing without views.

        It is the policy of the views here, if all have the same. Which views these are is open if
        the router redirects some methods, or names only some of them in ``Allow``.
        """
        served = self._served(path)
        here = {owner for name, owner in served.items() if self._land(path, name)[0] == path}
        allowed = {owner for name, owner in served.items() if name in named}
        if not here:
            return {None, *served.values()} if served else set()
        groups = [group for group in (here, allowed, {*served.values()}) if group]
        return {group.pop() if len(group) == 1 else None for group in groups}

    def _served(self, path: str) -> dict[str, Owner]:
        """Return the methods that lead from a URL to a view, with the policy of the view."""
        landed = {method: self._land(path, method)[2] for method in METHODS}
        return {
            method: self._site.policy_of(seen.environ[RAN][0])
            for method, seen in landed.items()
            if seen is not None and seen.environ[RAN]
        }

    def _land(self, path: str, method: str) -> tuple[str, str, Exchange | None]:
        """Follow the router's redirects as a browser does; no response if they leave the app."""
        for _ in range(20):
            seen = self.ask(path, method)
            location = "".join(values(seen.lines, "location")) if seen.starts else ""
            if seen.environ[RAN] or not location:
                return path, method, seen
            root = self._site.root
            target = urlsplit(urljoin(f"{OWN_ORIGIN}{root}/", location))
            inside = target.path.startswith(f"{root}/")
            if f"{target.scheme}://{target.netloc}" != OWN_ORIGIN or not inside:
                break
            path = unquote(target.path.removeprefix(root), "latin-1")
            is_post = method.upper() == "POST"  # browsers send it in upper case
            if is_post and seen.status[:3] in ("301", "302"):
                method = "GET"
        return path, method, None

    def ask(self, path: str, method: str) -> Exchange:
        """Ask the app without CORS."""
        key = path, method
        if key not in self._asked:
            request = Request(method, path)
            self._asked[key] = call(self._bare, request.environ(self._site.root))
        return self._asked[key]

    def _judge_actual(self, request: Request, seen: Exchange, owner: Owner) -> Iterator[str]:
        bare = self.ask(request.path, request.method)
        if (seen.environ[RAN], seen.error) != (bare.environ[RAN], bare.error):
            yield f"ran {seen.environ[RAN]}, {seen.error}; not {bare.environ[RAN]}, {bare.error}"
        elif seen.starts:
            if (seen.status, seen.body) != (bare.status, bare.body):
                yield f"answered {seen.status}, not {bare.status}"
            if sorted(undecided(seen.lines)) != sorted(undecided(bare.lines)):
                yield f"changed other headers: {bare.lines}"
            settings = self._site.settings[owner] if owner else None
            right = expected(settings, request.origin, bare.lines)
            if decided(seen.lines) != right:
                yield f"decided by {owner}, the headers are {right}"
            if owner is None and sorted(seen.lines) != sorted(bare.lines):
                yield f"no CORS, but these headers are the app's: {bare.lines}"

    def _judge_preflight(self, request: Request, seen: Exchange, owner: Owner) -> Iterator[str]:
        if owner is None:
            yield from self._judge_actual(request, seen, owner)
            return
        if seen.error or seen.environ[RAN]:
            yield f"raised {seen.error}, ran {seen.environ[RAN]}"
            return
        settings, origin, asked = self._site.settings[owner], request.origin, request.asks
        status = preflight_status(settings, origin, asked)
        seen_settings = as_seen(settings, origin)
        admitted = admits_any(settings["allow_origins"], origin)
        everybody = "*" in seen_settings["allow_origins"]
        if status.startswith("403") and origin == OWN_ORIGIN:
            status, admitted, everybody = "204 No Content", False, False
        right = {
            "status": status,
            ALLOW_ORIGIN: (["*"] if everybody else [origin]) if admitted else [],
            ALLOW_CREDENTIALS: ["true"] if admitted and seen_settings["allow_credentials"] else [],
        }
        got = {name: values(seen.lines, name) for name in right} | {"status": seen.status}
        if got != right:
            yield f"decided by {owner}, it is {right}"
        yield from self._judge_vary(settings, seen)
        if not (admitted and status.startswith("204")):
            lists = {LISTED, NAMES, MAX_AGE} & {name.lower() for name, _ in seen.lines}
            if lists:
                yield f"refused, but it has {lists}"
            return
        yield from self._judge_methods(request, seen, owner)
        seconds = settings["max_age"]
        if values(seen.lines, MAX_AGE) != ([] if seconds is None else [str(seconds)]):
            yield "another max_age"
        names = {name.lower() for name in elements(values(seen.lines, NAMES))}
        if names != allowed_names(seen_settings, request.names or ""):
            yield f"allows the headers {names}"

    @staticmethod
    def _judge_vary(settings: Any, seen: Exchange) -> Iterator[str]:
        vary = {"access-control-request-method"}
        vary |= {"origin"} if answers_differ(settings) else set()
        vary |= {"access-control-request-headers"} if "*" in settings["allow_headers"] else set()
        if {name.lower() for name in elements(values(seen.lines, "vary"))} != vary:
            yield f"Vary is not {vary}"

    def _judge_methods(self, request: Request, seen: Exchange, owner: str) -> Iterator[str]:
        """Judge the list, of which a browser remembers every method for the URL.

        Each method that it lists would then go out without a preflight, so the view that runs, here
        or where the router redirects, must carry this policy.
        """
        settings, listed = self._site.settings[owner], elements(values(seen.lines, LISTED))
        paths = {request.path, as_cheroot_reads(request.path)}
        if self._shape.by_prefix:
            right = preflight_methods(settings, request.origin, request.asks, None)
            if right & {request.asks} != listed & {request.asks}:
                yield f"lists {listed}, not {right}"
        for path, method in product(paths, METHODS if "*" in listed else sorted(listed)):
            owners, end = self.owners(path, method), self._land(path, method)[2]
            if owner not in owners:
                yield f"lists {method}, which {owners} decides at {path}, not {owner}"
            elif not end.environ[RAN] and not end.status.startswith("404"):
                yield f"lists {method}, which no view serves at {path}"
        if self._shape.by_prefix or not self._is_named():
            return
        written = settings["allow_methods"]
        for method in USUAL:
            is_allowed = written is None or "*" in written or method in written
            is_direct = method == request.asks or all(
                self._land(path, method)[0] == path for path in paths
            )
            is_served = all(self._served(path).get(method) == owner for path in paths)
            if is_served and is_allowed and is_direct and method not in listed:
                yield f"does not list {method}, which {owner} decides"

    def _is_named(self) -> bool:
        """Return whether the router names all methods that views serve."""
        return self._shape.names_all or not any(route.serves_all for route in self._site.routes)


def as_cheroot_reads(path: str) -> str:
    """Decode a path as Cheroot does for every method but OPTIONS: slashes stay encoded."""
    return "%2F".join(unquote(part, "latin-1") for part in re.split("%2f", path, flags=re.I))


def allowed_names(settings: Any, requested: str) -> set[str]:
    """Return the header names that a granted preflight allows, in lower case."""
    listed = {name.lower() for name in settings["allow_headers"]}
    if "*" not in listed:
        return listed
    asked = {name.lower() for name in elements([requested])}
    if settings["allow_credentials"]:
        return {name for name in asked if is_token(name)} - {"authorization"}
    return set() if "authorization" in asked else listed
