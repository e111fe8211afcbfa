"""What a browser will make of a request, asked of ``wsgicors.testing.Browser`` beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wsgicors.testing import Browser, CORSBlocked, Exchange, NetworkError, Page

from ..wire import answers_that_matter, requests_that_matter
from .words import blocked_because, explain_failure, explain_preflight, explain_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

COOKIE = "visitor=you"
"""The cookie that the page's server gives to the browser, for credentials to be about."""


@dataclass(frozen=True)
class Asked:
    """A request as the form describes it."""

    page: str
    """The origin of the page that asks, ``null`` for a sandboxed frame."""
    method: str
    headers: list[tuple[str, str]]
    credentials: str
    mode: str
    redirect: str

    @property
    def options(self) -> dict[str, Any]:
        """The options of ``fetch()``."""
        return {
            "method": self.method,
            "headers": self.headers,
            "credentials": self.credentials,
            "mode": self.mode,
            "redirect": self.redirect,
        }


def predict(
    app: WSGIApplication, url: str, asked: Asked, *, at: str, visited: str, profile: str
) -> dict[str, Any]:
    """Make the request without a browser, and say what came of it and why.

    :param at: the origin of the application.
    :param visited: the origin of the playground, which has set a cookie. The page that asks is in
        a frame of it.
    """
    browser = Browser({at: app, visited: set_cookie}, profile=profile)
    browser.page(visited).fetch(visited)
    page = browser.page(asked.page, top_level=visited)
    result = attempt(page, url, asked)
    result["exchanges"] = [describe(exchange) for exchange in page.log]
    result["because"] = explain_preflight(page.log) + result["because"]
    return result


def attempt(page: Page, url: str, asked: Asked) -> dict[str, Any]:
    """Make the request as JavaScript would."""
    try:
        response = page.fetch(url, **asked.options)
    except CORSBlocked as error:
        return failed([], blocked_because(error), error.step, printed(error, page))
    except NetworkError as error:
        return failed(explain_failure(error, page.log), [], error.step, printed(error, page))
    except TypeError as error:
        return failed(explain_failure(error, page.log), [])
    reads = {
        "type": response.type,
        "status": response.status,
        "headers": dict(response.headers),
        "body": response.text,
    }
    because = explain_response(response, page.log, asked.credentials == "include")
    return {
        "outcome": "allowed",
        "reads": reads,
        "because": because,
        "fault": [],
        "step": "",
        "console": "",
    }


def failed(
    because: list[str], fault: list[tuple[str, str]], step: str = "", console: str = ""
) -> dict[str, Any]:
    """Return what JavaScript sees of a failure: a TypeError without the reason."""
    return {
        "outcome": "blocked",
        "reads": {"error": "TypeError"},
        "because": because,
        "fault": fault,
        "step": step,
        "console": console,
    }


def printed(error: NetworkError, page: Page) -> str:
    """Return what the engine of a page prints in its console; empty if that is not known."""
    return error.console.get(page.profile.name) or ""


def describe(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange in the shape that the log of the wire has."""
    response = exchange.response
    return {
        "method": exchange.method,
        "path": exchange.url.path,
        "status": f"{response.status} {response.reason}",
        "asked": requests_that_matter(exchange.request_headers),
        "answered": answers_that_matter(response.headers),
    }


def set_cookie(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Stand in for the page's server, which answers with a cookie."""
    start_response("200 OK", [("Set-Cookie", f"{COOKIE}; Path=/play; HttpOnly; SameSite=Lax")])
    return []
