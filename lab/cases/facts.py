"""What a case is: settings, and facts about what a page may do under them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from wsgicors import Policy

AT = "https://api.example"
"""The origin of the app."""

APP, SHOP, STRANGER = "https://app.example", "https://shop.example", "https://stranger.example"
SUBDOMAIN, DEEP = "https://www.app.example", "https://a.www.app.example"
LOOKALIKE = "https://www.app.example.stranger.example"
"""A host that only starts like a subdomain of the app's."""

JSON = {"Content-Type": "application/json"}
DEBUG = {"X-Debug": "1"}
BEARER = {"Authorization": "Bearer 1"}


class Fact(NamedTuple):
    """What a page may do, or may not."""

    what: str
    page: str
    """The page's origin; empty for a page of the app itself."""
    request: str
    """Method and path."""
    is_intended: bool
    """Whether the settings mean to let the page do it."""
    why: str = ""
    """The key in `REASONS` if the outcome differs."""
    headers: Mapping[str, str] | None = None
    credentials: bool = False
    reads: str = ""
    """The response header that JavaScript wants to read, beside the status."""
    is_cached: bool = False
    """Whether to compare what a shared cache may do with the response."""
    again_after: int = 0
    """The seconds after which the page makes the same request again; 0 if it does not."""
    documented: str = ""
    """What the page can do before, if the library is not run."""


def may(what: str, page: str = APP, request: str = "GET /items", why: str = "", **more) -> Fact:
    """Make a fact that the settings mean to allow."""
    return Fact(what, page, request, True, why, **more)


def may_not(
    what: str, page: str = STRANGER, request: str = "GET /items", why: str = "", **more
) -> Fact:
    """Make a fact that the settings do not mean to allow."""
    return Fact(what, page, request, False, why, **more)


TABLES = "endpoints", "blueprints"


class Case(NamedTuple):
    """The settings of another library, those of wsgicors, and facts about both."""

    theirs: Mapping[str, Any]
    ours: Mapping[str, Any]
    """Settings of the default policy; `TABLES` have the settings of others."""
    facts: Sequence[Fact] = ()
    """Empty if the case is about whether the settings are rejected."""
    why: str = ""
    """The key in `REASONS` if there are no facts and only one library rejects the settings."""
    there: str = ""
    """How the table shows `theirs`; empty for the settings as they are."""
    here: str = ""
    """How the table shows `ours`."""


def made(ours: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with tables of policies."""
    tables = {
        table: {name: Policy(**settings) for name, settings in ours[table].items()}
        for table in TABLES
        if table in ours
    }
    return {**ours, **tables}


class Library(NamedTuple):
    """Another library: how its apps are made before and after, and its cases."""

    name: str
    before: Callable[[Case], Any] | None
    """Make an app with the other library; ``None`` if it cannot be run."""
    after: Callable[[Case], Any]
    """Make the same app with wsgicors."""
    cases: Sequence[Case]
