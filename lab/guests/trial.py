"""Let two pages ask a guest, and compare with its audit.

Each guest has a process of its own, because some of them change settings of the process:
``python -m lab.guests.trial flask_restful`` prints the trial as JSON.
"""

import importlib
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

from lab.guests.guests import GUESTS, Guest
from wsgicors import Policy
from wsgicors.auditing import survey
from wsgicors.testing import Browser, CORSBlocked

API = "https://api.example"
OFFICE = "https://office.example"
STRANGER = "https://stranger.example"

WAYS: Sequence[Mapping[str, str]] = ({}, {"Content-Type": "application/json"})
"""Headers that need no preflight, and headers that do."""

FORBIDDEN = {"CONNECT", "TRACE", "TRACK"}
"""Methods that pages cannot use."""

VARIABLE = re.compile(
    r"""
    \(\?P<\w+>(?:[^()]|\([^()]*\))*\)  # a group in a regular expression of Django's
    | <[^<>]+>                         # Flask, Django, Bottle
    | \{[^{}]+\}                       # Pyramid
    """,
    re.VERBOSE,
)
"""A variable in the rule of a route."""


class Asked(NamedTuple):
    """A request, the origins whose pages read the response, and those that should."""

    request: str
    read_by: list[str]
    allowed: list[str]


class Trial(NamedTuple):
    """What two pages got from a guest."""

    version: str
    asked: Sequence[Asked]
    """The URLs of the guest's table."""
    routes: Sequence[Asked]
    """All routes; the audit says which origins are allowed."""
    complaints: Sequence[str]
    """What checks and the log say."""


class Messages(logging.Handler):
    """Keeps warnings and errors."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.lines[record.getMessage()] = None


def try_guest(guest: Guest) -> Trial:
    """Ask for the URLs of the guest's table, and for all its routes."""
    messages = Messages()
    logging.getLogger("wsgicors").addHandler(messages)
    app = importlib.import_module(f"examples.guests.{guest.name}").app
    tables = {(OFFICE,): guest.office, (OFFICE, STRANGER): guest.public, (): guest.closed}
    asked = [
        one
        for allowed, table in tables.items()
        for url, methods in table.items()
        for method in methods
        for one in _ask(app, method, url, [*allowed])
    ]
    routes = [*_ask_routes(app, guest.urls)]
    return Trial(version(guest.distribution), asked, routes, [*messages.lines, *_check(app)])


def _ask_routes(app: Any, urls: Mapping[str, str]) -> Iterator[Asked]:
    for row in survey(app).rows:
        if row.kind not in {"app", "redirect"} and row.method not in FORBIDDEN:
            allowed = [origin for origin in (OFFICE, STRANGER) if _allows(row.policy, origin)]
            yield from _ask(app, row.method, urls.get(row.url) or fill(row.url), allowed)


def _ask(app: Any, method: str, url: str, allowed: list[str]) -> Iterator[Asked]:
    body = None if method in {"GET", "HEAD"} else "{}"
    for headers in WAYS:
        read_by = list[str]()
        for origin in OFFICE, STRANGER:
            page = Browser(_without_redirects(app), at=API).page(origin)
            try:
                page.fetch(API + url, method=method, headers=headers, body=body)
            except CORSBlocked:
                continue
            read_by.append(origin)
        yield Asked(f"{method} {url} {dict(headers) or ''}".rstrip(), read_by, allowed)


def _without_redirects(app: Any) -> Callable[[Any, Any], Any]:
    """Return an app whose redirects are not followed, so that each URL is judged alone."""

    def answer(environ: Any, start_response: Any) -> Any:
        def start(status: str, *rest: Any) -> Any:
            return start_response("299 Redirect" if status[0] == "3" else status, *rest)

        return app(environ, start)

    return answer


def _allows(policy: Policy | None, origin: str) -> bool:
    return policy is not None and not {"*", origin}.isdisjoint(policy.allow_origins)


def fill(rule: str) -> str:
    """Return a URL that matches the rule of a route.

    >>> fill("/items/<int:item_id>"), fill(r"/items/(?P<pk>[^/.]+)/$"), fill("/items/{id}")
    ('/items/1', '/items/1/', '/items/1')
    """
    return re.sub(r"\\[zZ]|[$^?\\]", "", VARIABLE.sub("1", rule))


def _check(app: Any) -> Iterator[str]:
    """Yield what the check of the guest's framework says."""
    if "django.conf" in sys.modules and importlib.import_module("django.conf").settings.configured:
        checks = importlib.import_module("django.core.checks")
        yield from (f"{one.msg} {one.obj}" for one in checks.run_checks(tags=["cors"]))
    if hasattr(app, "view_functions"):
        importlib.import_module("wsgicors.flask").CORS.check(app)


if __name__ == "__main__":
    (found,) = (guest for guest in GUESTS if guest.name in sys.argv)
    json.dump(try_guest(found)._asdict(), sys.stdout)
