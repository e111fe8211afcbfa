"""``by_path``: a resolver for raw WSGI apps that chooses the policy by the start of the path.

With a framework, use its adapter: a prefix does not distinguish methods or views.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ._core.places import calling_place
from ._core.policy import Policy
from ._introspection import Row, Survey, format_place

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = ["by_path"]

_DOT_SEGMENT = re.compile(r"(?:\A|/)\.\.?(?:/|\Z)")


class ByPath:
    """The resolver that :func:`by_path` returns."""

    ignores_method = True

    def __init__(self, policies: Mapping[str, Policy | None]) -> None:
        self._policies = dict(policies)
        self._place = calling_place()
        self._table: dict[tuple[str, ...], Policy | None] = {}
        for prefix, policy in policies.items():
            # Servers pass the bytes of a path as Latin-1 (PEP 3333, "Unicode Issues").
            served = prefix.encode("utf-8").decode("latin-1")
            self._table[tuple(served.split("/")[1:]) if served != "/" else ()] = policy
        self._depth = max(map(len, self._table), default=0)

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Policy | None:
        """Return the policy of the longest prefix."""
        path = environ.get("PATH_INFO", "")
        if _DOT_SEGMENT.search(path):
            return None
        start, *rest = path.split("/", self._depth + 1)
        # A path without a leading slash, such as that of `OPTIONS *`, is only below "/".
        segments = () if start else tuple(rest[: self._depth])
        for length in range(len(segments), -1, -1):
            if segments[:length] in self._table:
                return self._table[segments[:length]]
        return None

    def survey(self) -> Survey:
        """List the prefixes; the methods and views below them are not known."""
        prefixes, place = sorted(self._policies.items()), format_place(self._place)
        rows = [Row(path, "*", "", policy, "prefix", path) for path, policy in prefixes]
        return Survey([row._replace(source_place=place) for row in rows])


def by_path(policies: Mapping[str, Policy | None]) -> ByPath:
    """Return a resolver that uses the policy of the longest prefix of whole path segments.

    ``PATH_INFO`` is compared exactly as the app receives it. Nothing is decoded or merged a second
    time, because attackers use paths that a wrapper and an app read differently. If the app itself
    merges slashes, it reads ``//api`` as ``/api``, so a shorter prefix must not have a more
    permissive policy. A path with a ``.`` or ``..`` segment has no policy: browsers resolve these
    segments, and an app that did so would answer ``/api/../keys`` from outside of ``/api``.

    >>> from wsgicors import Policy
    >>> everybody, partners = Policy("*"), Policy("https://partner.example")
    >>> resolve = by_path({"/": everybody, "/api": partners, "/api/keys": None})
    >>> resolve({"PATH_INFO": "/api/items"}, "GET") is partners
    True
    >>> resolve({"PATH_INFO": "/apiary"}, "GET") is everybody
    True

    :param policies: prefixes such as ``"/api"``, each with a policy, or ``None`` for no CORS.
    :raises ValueError: if a prefix does not start with a slash, ends in one, or has a wildcard.
    :raises TypeError: if it is not a mapping of strings to policies or ``None``.
    """
    if not isinstance(policies, Mapping):
        raise TypeError(f"{policies!r} is not a mapping; use by_path({{'/api': policy}})")
    for prefix, policy in policies.items():
        if not isinstance(prefix, str):
            raise TypeError(f"{prefix!r} is not a path; use a string such as '/api'")
        if found := re.search(r"[*<>^$\\]", prefix):
            written = "/" + prefix[: found.start()].strip("/")
            raise ValueError(
                f"{prefix!r} has a wildcard or a pattern, which prefixes do not support; "
                f"use {written!r}, which covers everything below it"
            )
        written = "/" + prefix.strip("/")
        if prefix != written:
            raise ValueError(f"{prefix!r} does not consist of whole path segments; use {written!r}")
        if policy is not None and not isinstance(policy, Policy):
            raise TypeError(f"{prefix!r}: {policy!r} is not a Policy; use Policy(...) or None")
    return ByPath(policies)
