"""A survey as lines of text: one line for each URL, policy and source."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import NamedTuple, cast

from .._core.headers import SAFELISTED_METHODS
from .._core.policy import Policy
from .._core.sources import OriginSource
from .._introspection import Row

NO_PAGE = "no page, unless the app writes CORS headers itself"
"""Who may read a response without a policy, which wsgicors leaves as it is."""

DEFAULT_HEADERS = ("Content-Type",)
"""The default of ``allow_headers``, which a line leaves out."""


READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods of requests that are not supposed to change data."""


class Line(NamedTuple):
    """The methods at one URL that share a policy and its source."""

    url: str
    methods: str
    readers: Sequence[str]
    """The origins that may read: as in ``allow_origins``, or in words such as ``every origin``."""
    rights: Sequence[str]
    """What pages of these origins may do besides reading."""
    source: str
    """What gives the policy to the route, in words."""
    place: str
    """The file and line of the view."""
    has_policy: bool
    view: str
    """The name of the view."""
    source_place: str
    """The file and line of the source, unless that is a decorator of the view."""
    policy: Policy | None
    policy_place: str
    """The file and line where the policy is written."""
    writes: Sequence[str]
    """The methods that change data, and that pages may send with cookies."""
    rows: Sequence[Row]
    """The rows of these methods."""


def describe(rows: Iterable[Row]) -> list[Line]:
    """Return one line for all methods at a URL that share a policy and its source."""
    groups: list[list[Row]] = []
    groups_of_url: dict[str, list[list[Row]]] = {}
    for row in rows:
        here = groups_of_url.setdefault(row.url, [])
        group = next((group for group in here if _is_alike(group[0], row)), None)
        if group is not None:
            group.append(row)
        else:
            here.append([row])
            groups.append(here[-1])
    return [_line(group) for group in groups]


def join_methods(methods: Iterable[str]) -> str:
    """List methods, each once, and without HEAD where there is GET."""
    given = list(dict.fromkeys(methods))
    return ", ".join(name for name in given if name != "HEAD" or "GET" not in given)


def permits(allow_methods: Collection[str] | None, method: str) -> bool:
    """Return whether this ``allow_methods`` covers a method that a route serves."""
    return allow_methods is None or "*" in allow_methods or method in allow_methods


def is_usable(policy: Policy, method: str) -> bool:
    """Return whether pages can make requests with this method, if only simple ones."""
    return method in SAFELISTED_METHODS or permits(policy.allow_methods, method) or method == "*"


def writes_with_cookies(row: Row) -> list[str]:
    """Return the methods of a row that change data, and that pages may send with cookies.

    A row without a router stands for several methods.
    """
    if row.policy is None or row.policy.allow_credentials is False:
        return []
    every = (*SAFELISTED_METHODS, *(row.policy.allow_methods or ()))
    methods = every if row.method == "*" else [row.method]
    return sorted({name for name in methods if _may_write(row.policy, name)})


def writes_of(rows: Iterable[Row]) -> list[str]:
    """Return all such methods of several rows."""
    return [*dict.fromkeys(method for row in rows for method in writes_with_cookies(row))]


def _may_write(policy: Policy, method: str) -> bool:
    return method not in {*READING_METHODS, "*"} and is_usable(policy, method)


def _is_alike(row: Row, other: Row) -> bool:
    shared = (row.endpoint, row.policy, row.trial, row.kind, row.name)
    return shared == (other.endpoint, other.policy, other.trial, other.kind, other.name)


def _line(rows: Sequence[Row]) -> Line:
    first = rows[0]
    return Line(
        url=first.url,
        methods=join_methods(row.method for row in rows).replace("*", "all"),
        readers=_readers(first),
        rights=[] if first.policy is None else rights_of(first.policy, rows),
        source=_source(first),
        place=first.place,
        has_policy=first.policy is not None,
        view=_view(rows),
        source_place=first.source_place,
        policy=first.policy,
        policy_place=first.policy_place,
        writes=writes_of(rows),
        rows=rows,
    )


def _view(rows: Sequence[Row]) -> str:
    """Return the name of the view; of several methods of a class, the name of the class."""
    first = rows[0].view
    return first if all(row.view == first for row in rows) else first.rpartition(".")[0] or first


def _readers(row: Row) -> Sequence[str]:
    if row.kind == "redirect":
        return ["redirected"]
    if row.policy is None:
        return [NO_PAGE]
    return readers_of(row.policy)


def readers_of(policy: Policy) -> Sequence[str]:
    """Return the origins that may read: as in ``allow_origins``, or in words."""
    if policy.allows_everybody:
        return ["every origin"]
    return [
        entry if isinstance(entry, str) else f"allowed by {_call(entry)}"
        for entry in policy.allow_origins
    ]


def _call(entry: object) -> str:
    """Return a callable of ``allow_origins`` as it is called, and a source as it is created."""
    if isinstance(entry, OriginSource):
        return f"{_name(entry)}({_name(entry.load)})"
    return f"{_name(entry)}()"


def _name(code: object) -> str:
    """Return the name of a function, or of the class of an instance."""
    while isinstance(code, partial):
        code = cast("partial[object]", code).func
    return str(getattr(code, "__qualname__", type(code).__qualname__))


def cookies_of(policy: Policy, writing: Sequence[str]) -> str:
    """Return who may send cookies, and with which methods that change data; empty if nobody may."""
    listed = policy.allow_credentials
    if listed is False:
        return ""
    only = "" if listed is True else f" only from {', '.join(listed)}"
    also = f"{';' if only else ','} also with {', '.join(writing)}" if writing else ""
    return f"cookies{only}{also}"


def rights_of(policy: Policy, rows: Sequence[Row]) -> list[str]:
    """Return what pages may do besides reading, at these rows."""
    rights = [*filter(None, [cookies_of(policy, writes_of(rows))])]
    if policy.allow_headers != DEFAULT_HEADERS:
        rights.append("send " + (", ".join(policy.allow_headers) or "no headers"))
    if policy.expose_headers:
        rights.append("read " + ", ".join(policy.expose_headers))
    listed, served = policy.allow_methods, [row.method for row in rows]
    refused = [name for name in served if name != "*" and not permits(listed, name)]
    if "GET" in served:  # which stands for HEAD too
        refused = [name for name in refused if name != "HEAD"]
    if refused:
        rights.append("not " + ", ".join(refused))
    elif listed is not None and "*" in served and "*" not in listed:
        rights.append("use " + ", ".join(listed))
    return rights


def _source(row: Row) -> str:
    """Return where the policy of a row comes from, in words."""
    decorator = f"@cors({row.name!r})" if row.name else "@cors"
    if row.policy is None:
        decorator = "@cors(None)"
    words = {
        "method": f"method: {decorator}",
        "view": f"view: {decorator}",
        "class": f"class: {decorator}",
        "default": "the default",
        "404": "the default, for 404",
        "none": "no policy",
        "app": "the wrapper",
        "endpoints": f"{row.table}[{row.name!r}]",
        "blueprint": f"blueprint {row.name!r}",
        "prefix": f"prefix {row.name!r}",
        "redirect": f"redirect to {row.name}" if row.name else "redirect in code",
    }
    return words.get(row.kind, row.kind)
