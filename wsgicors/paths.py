"""``by_path``: a resolver for raw WSGI apps, by the first segments of the path.

Under a framework's router use its adapter: a prefix knows neither methods nor views.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .core.policy import Policy
from .surveying import Row, Survey

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = ["by_path"]

_DOT_SEGMENT = re.compile(r"(?:\A|/)\.\.?(?:/|\Z)")


class ByPath:
    """What :func:`by_path` makes."""

    def __init__(self, policies: Mapping[str, Policy | None]) -> None:
        self._policies = dict(policies)
        self._table: dict[tuple[str, ...], Policy | None] = {}
        for prefix, policy in policies.items():
            # Servers hand over a path's bytes as Latin-1 (PEP 3333, "Unicode Issues").
            served = prefix.encode("utf-8").decode("latin-1")
            self._table[tuple(served.split("/")[1:]) if served != "/" else ()] = policy
        self._depth = max(map(len, self._table), default=0)

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Policy | None:
        """Return the policy of the longest prefix."""
        path = environ.get("PATH_INFO", "")
        if _DOT_SEGMENT.search(path):
            return None
        start, *rest = path.split("/", self._depth + 1)
        # A path that starts with no slash, as that of `OPTIONS *`, is below no prefix but "/".
        segments = () if start else tuple(rest[: self._depth])
        for length in range(len(segments), -1, -1):
            if segments[:length] in self._table:
                return self._table[segments[:length]]
        return None

    def survey(self) -> Survey:
        """List the prefixes; which methods and views lie below them, nobody here knows."""
        prefixes = sorted(self._policies.items())
        return Survey([Row(path, "*", "", policy, "prefix", path) for path, policy in prefixes])


def by_path(policies: Mapping[str, Policy | None]) -> ByPath:
    """Make a resolver that picks the policy of the longest prefix of whole path segments.

    ``PATH_INFO`` is compared exactly as the app receives it: nothing is decoded, merged or
    resolved a second time, for a path that the wrapper reads differently from the app is how
    policies have been walked around. An app that merges slashes by itself reads ``//api`` as
    ``/api`` all the same, so let no shorter prefix have a laxer policy there. A path with a ``.``
    or ``..`` segment has no policy: browsers resolve those before they send them, and an app that
    did so here would answer ``/api/../keys`` with what lies outside of ``/api``.

    >>> from wsgicors import Policy
    >>> everybody, partners = Policy("*"), Policy("https://partner.example")
    >>> resolve = by_path({"/": everybody, "/api": partners, "/api/keys": None})
    >>> resolve({"PATH_INFO": "/api/items"}, "GET") is partners
    True
    >>> resolve({"PATH_INFO": "/apiary"}, "GET") is everybody
    True

    :param policies: prefixes such as ``"/api"``, each with a policy, or ``None`` for no CORS.
    :raises ValueError: if a prefix does not start with a slash, ends in one, or has a wildcard.
    :raises TypeError: if it is no table of strings with policies or ``None``.
    """
    if not isinstance(policies, Mapping):
        raise TypeError(f"{policies!r} is no table; write by_path({{'/api': policy}})")
    for prefix, policy in policies.items():
        if not isinstance(prefix, str):
            raise TypeError(f"{prefix!r} is no path; write a string such as '/api'")
        if found := re.search(r"[*<>^$\\]", prefix):
            written = "/" + prefix[: found.start()].strip("/")
            raise ValueError(
                f"{prefix!r} has a wildcard or a pattern, and a prefix takes none; "
                f"write {written!r}, which covers all below it"
            )
        written = "/" + prefix.strip("/")
        if prefix != written:
            raise ValueError(f"{prefix!r} does not name whole path segments; write {written!r}")
        if policy is not None and not isinstance(policy, Policy):
            raise TypeError(f"{prefix!r}: {policy!r} is no Policy; write Policy(...) or None")
    return ByPath(policies)
