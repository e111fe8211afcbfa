"""A survey in words: one line for each URL and policy, for whatever lays lines out."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..core.headers import SAFELISTED_METHODS
from ..core.policy import Policy
from ..surveying import Row

DEFAULT_HEADERS = ("Content-Type",)
"""What pages may send unless a policy says otherwise: not worth a word."""


class Line(NamedTuple):
    """What a reviewer reads of the methods at one URL that share a policy and its source."""

    url: str
    methods: str
    readers: Sequence[str]
    """Whose pages may read: origins, or words that are none."""
    rights: Sequence[str]
    """What these pages may do beside reading."""
    source: str
    place: str
    has_policy: bool


def describe(rows: Iterable[Row]) -> list[Line]:
    """Put the methods of a URL together that share a policy and its source."""
    groups: list[list[Row]] = []
    at: dict[str, list[list[Row]]] = {}
    for row in rows:
        here = at.setdefault(row.url, [])
        alike = next((group for group in here if _is_alike(group[0], row)), None)
        if alike is None:
            here.append(alike := [])
            groups.append(alike)
        alike.append(row)
    return [_line(group) for group in groups]


def join_methods(methods: Iterable[str]) -> str:
    """List methods; HEAD goes without saying where there is GET."""
    given = list(methods)
    return ", ".join(name for name in given if name != "HEAD" or "GET" not in given)


def source_words(row: Row) -> str:
    """Say where a row's policy comes from."""
    mark = f"@cors({row.name!r})" if row.name else "@cors"
    words = {
        "method": f"method: {mark}",
        "view": f"view: {mark}",
        "class": f"class: {mark}",
        "default": "the default",
        "none": "nothing",
        "app": "the wrapper",
        "endpoints": f"{row.table}[{row.name!r}]",
        "blueprint": f"blueprint {row.name!r}",
        "prefix": f"prefix {row.name!r}",
        "redirect": f"redirect to {row.name}" if row.name else "redirect in code",
    }
    return words.get(row.kind, row.kind)


def _is_alike(one: Row, other: Row) -> bool:
    ones = (one.endpoint, one.policy, one.kind, one.name)
    return ones == (other.endpoint, other.policy, other.kind, other.name)


def _line(rows: Sequence[Row]) -> Line:
    first = rows[0]
    return Line(
        first.url,
        join_methods(row.method for row in rows).replace("*", "all"),
        _readers(first),
        [] if first.policy is None else _rights(first.policy, rows),
        source_words(first),
        first.place,
        first.policy is not None,
    )


def _readers(row: Row) -> Sequence[str]:
    if row.kind == "redirect":
        return ["redirected"]
    if row.policy is None:
        return ["nobody"]
    if row.policy.allows_everybody:
        return ["every page"]
    return [
        item if isinstance(item, str) else f"whom {_name(item)} admits"
        for item in row.policy.allow_origins
    ]


def _name(item: object) -> str:
    return str(getattr(item, "__qualname__", type(item).__qualname__)) + "()"


def _rights(policy: Policy, rows: Sequence[Row]) -> list[str]:
    listed = policy.allow_methods
    said = ["cookies"] if policy.allow_credentials else []
    if policy.allow_headers != DEFAULT_HEADERS:
        said.append("send " + (", ".join(policy.allow_headers) or "no headers"))
    if policy.expose_headers:
        said.append("see " + ", ".join(policy.expose_headers))
    if listed is not None and "*" not in listed:
        served = [row.method for row in rows]
        kept = [name for name in served if name not in (*listed, *SAFELISTED_METHODS, "*")]
        if kept:
            said.append("not " + ", ".join(kept))
        elif "*" in served:
            said.append("use " + ", ".join(listed))
    return said
