"""Requests of pages to the three apps."""

from typing import NamedTuple

from lab.migration.before.catalogue import PARTNER
from lab.migration.before.notes import APP
from lab.migration.before.orders import OFFICE, SHOP

JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}

STRANGER = "https://stranger.example"
SIBLING = "https://blog.shop.example"
"""An origin of the shop's own site: browsers add the session's cookie to its requests."""


class Scenario(NamedTuple):
    """One request of one page."""

    what: str
    page: str
    """The page's origin; empty for a page of the app itself, which sends no Origin with a GET."""
    request: str
    """Method and path."""
    is_intended: bool
    """Whether the app's author means to let the page use the view."""
    why: str = ""
    """The key in `REASONS` if the outcome differs."""
    headers: dict[str, str] | None = None
    credentials: bool = False
    reads: str = ""
    """The response header that JavaScript wants to read, beside the status."""
    is_logged_in: bool = False
    is_cached: bool = False
    """Whether to compare what a shared cache may do with the response."""


def _orders(what, page, request, is_intended, why="", *, is_logged_in=True, **more):
    more = {"credentials": True, "is_logged_in": is_logged_in} | more
    return Scenario(what, page, request, is_intended, why, **more)


def _catalogue(what, page, request, is_intended, why="", **more):
    return Scenario(what, page, request, is_intended, why, **({"credentials": True} | more))


def _cached(what, page, request, is_intended, why="", **more):
    return Scenario(what, page, request, is_intended, why, is_cached=True, **more)


LOCAL = "http://localhost:3000"
LOOKALIKE = "https://www.shop.example.evil.example"

SCENARIOS = {
    "notes": [
        Scenario("A listed page reads", APP, "GET /api/notes", True, reads="X-Total-Count"),
        Scenario("An unlisted page reads", STRANGER, "GET /api/notes", False),
        Scenario("An opaque page reads", "null", "GET /api/notes", False),
        Scenario("A listed page reads with cookies", APP, "GET /api/notes", True, credentials=True),
        Scenario("A listed page sends JSON", APP, "POST /api/notes", True, headers=JSON),
        Scenario("An unlisted page sends JSON", STRANGER, "POST /api/notes", False, headers=JSON),
        Scenario("An unlisted page sends text", STRANGER, "POST /api/notes", False, headers=TEXT),
        Scenario("A listed page sends JSON", APP, "PUT /api/notes/1", True, headers=JSON),
        Scenario("A listed page sends JSON", APP, "PATCH /api/notes/1", True, headers=JSON),
        Scenario("A listed page deletes", APP, "DELETE /api/notes/1", True),
        Scenario(
            "A listed page reads headers", APP, "HEAD /api/notes", True, reads="X-Total-Count"
        ),
        Scenario(
            "A listed page reads a header that is not exposed",
            APP,
            "GET /api/notes/1",
            True,
            reads="ETag",
        ),
        Scenario("An unlisted page deletes", STRANGER, "DELETE /api/notes/1", False),
        Scenario(
            "A listed page sends `Authorization`",
            APP,
            "GET /api/notes",
            True,
            headers={"Authorization": "Bearer 1"},
        ),
        Scenario(
            "A listed page sends `X-Debug`",
            APP,
            "GET /api/notes",
            True,
            "headers",
            headers={"X-Debug": "1"},
        ),
        Scenario("The view answers 404", APP, "GET /api/notes/3", True),
        Scenario("The view fails: 500", APP, "GET /api/statistics", True),
        Scenario(
            "A simple method is not served: 405", APP, "POST /api/notes/1", True, headers=TEXT
        ),
        Scenario("Another method is not served: 405", APP, "PATCH /api/notes", True, "served"),
        Scenario("The URL is unknown: 404", APP, "GET /api/nothing", True, "unknown-url"),
        Scenario("The URL only starts like the API's", APP, "GET /api-keys", True, "pattern"),
        Scenario("Any page reads a public view", STRANGER, "GET /feeds/archive/", True),
        Scenario("An opaque page reads it too", "null", "GET /feeds/archive/", True),
        Scenario("The router adds a slash: 308", STRANGER, "GET /feeds/archive", True),
        Scenario(
            "Any page reads it with cookies",
            STRANGER,
            "GET /feeds/archive/",
            True,
            credentials=True,
        ),
        _cached("The response to a listed page", APP, "GET /api/notes", True),
        _cached("The response to an unlisted page", STRANGER, "GET /api/notes", False, "vary"),
        _cached("The response to the app's own page", "", "GET /api/notes", True),
        _cached("The response of a public view", STRANGER, "GET /feeds/archive/", True),
    ],
    "orders": [
        _orders("A listed page reads", SHOP, "GET /orders/1", True, reads="ETag"),
        _orders("Another listed page reads", OFFICE, "GET /orders/1", True, reads="ETag"),
        _orders("An unlisted page of the same site reads", SIBLING, "GET /orders/1", False),
        _orders("An opaque page reads", "null", "GET /orders/1", False),
        _orders(
            "A listed page logs in with JSON",
            SHOP,
            "POST /login",
            True,
            headers=JSON,
            is_logged_in=False,
        ),
        _orders(
            "An unlisted page logs in with JSON",
            SIBLING,
            "POST /login",
            False,
            headers=JSON,
            is_logged_in=False,
        ),
        _orders("The hook answers 401", SHOP, "GET /orders/1", True, "errors", is_logged_in=False),
        _orders(
            "The hook answers 401 to an unlisted page",
            SIBLING,
            "GET /orders/1",
            False,
            is_logged_in=False,
        ),
        _orders("The view aborts: 404", SHOP, "GET /orders/3", True, "errors"),
        _orders(
            "The view fails: 500", STRANGER, "GET /prices/0", True, "errors", credentials=False
        ),
        _orders(
            "A simple method is not served: 405", SHOP, "POST /me", True, "errors", headers=TEXT
        ),
        _orders("Another method is not served: 405", SHOP, "DELETE /orders/1", True, "served"),
        _orders("An unlisted page reads who is logged in", SIBLING, "GET /me", False, "any-origin"),
        _orders("A listed page reads who is logged in", SHOP, "GET /me", True),
        _orders(
            "The second view of the URL: its own page", OFFICE, "PUT /orders/1", True, headers=JSON
        ),
        _orders(
            "The second view: the first view's page",
            SHOP,
            "PUT /orders/1",
            False,
            "first-view-lax",
            headers=JSON,
        ),
        _orders(
            "The second view of another URL: its own page",
            OFFICE,
            "PUT /prices/1",
            True,
            "first-view-strict",
            headers=JSON,
        ),
        _orders(
            "The second view: any page, without cookies",
            STRANGER,
            "PUT /prices/1",
            False,
            "first-view-lax",
            headers=JSON,
            credentials=False,
        ),
        _orders("Any page reads", STRANGER, "GET /prices/1", True, credentials=False),
        _orders("The class-based view: a listed page reads", SHOP, "GET /basket", True),
        _orders("It deletes", SHOP, "DELETE /basket", True, "class-based"),
        _orders("An unlisted page deletes", SIBLING, "DELETE /basket", False),
        _orders("A method that the class lacks", SHOP, "PATCH /basket", True),
        _cached("The response to a listed page", SHOP, "POST /login", True, "vary", headers=JSON),
        _cached("The response to an unlisted page", STRANGER, "GET /prices/1", True),
        _cached("The hook's 401", STRANGER, "GET /basket", False, "vary"),
    ],
    "catalogue": [
        _catalogue("A subdomain reads", SHOP, "GET /items/", True, reads="X-Total-Count"),
        _catalogue("A deep subdomain reads", "https://a.b.shop.example", "GET /items/", True),
        _catalogue("The literal origin reads", LOCAL, "GET /items/", True),
        _catalogue("Another port reads", "http://localhost:4000", "GET /items/", False),
        _catalogue("An unlisted page reads", STRANGER, "GET /items/", False),
        _catalogue(
            "A lookalike host reads",
            LOOKALIKE,
            "GET /items/",
            False,
            "beginning",
        ),
        _catalogue("An opaque page reads", "null", "GET /items/", False),
        _catalogue("A subdomain sends JSON", SHOP, "PUT /items/1", True, headers=JSON),
        _catalogue(
            "It sends a header that is listed",
            SHOP,
            "PUT /items/1",
            True,
            headers=JSON | {"X-Csrf-Token": "1"},
        ),
        _catalogue(
            "It sends a header that is not listed",
            SHOP,
            "GET /items/1",
            True,
            headers={"X-Debug": "1"},
        ),
        _catalogue("It deletes, but no setting lists DELETE", SHOP, "DELETE /items/1", True),
        _catalogue("The view answers 401", SHOP, "GET /items/7", True),
        _catalogue("The view fails: 500", SHOP, "GET /items/0", True),
        _catalogue("A simple method is not served: 405", SHOP, "POST /items/1", True, headers=TEXT),
        _catalogue("The URL is unknown: 404", SHOP, "GET /nothing", True),
        _catalogue("The router adds a slash: 308", SHOP, "GET /items", True),
        _catalogue("The partner reads its own view", PARTNER, "GET /wholesale/1", True),
        _catalogue("A subdomain reads it", SHOP, "GET /wholesale/1", False),
        _catalogue("The view aborts, for the partner", PARTNER, "GET /wholesale/3", True, "errors"),
        _catalogue("The view aborts, for a subdomain", SHOP, "GET /wholesale/3", False, "fallback"),
        _catalogue("The partner reads the other views", PARTNER, "GET /items/", False),
        _cached("The response to a subdomain", SHOP, "GET /items/", True),
        _cached("The response to an unlisted page", STRANGER, "GET /items/", False, "vary"),
        _cached("The response to the app's own page", "", "GET /items/", True),
        _cached("The failure for an unlisted page", STRANGER, "GET /items/0", False, "vary"),
    ],
}
"""The scenarios of each app, in the order of the table."""
