"""What a web server has to do for a policy, in terms that all of them have.

A server has no router of ours, so the rules are those of :class:`.CORSMiddleware` with one policy.
They are read from the functions that answer requests, so that there is one source for both. One
rule is left out: a preflight from a page of the server itself is refused, and browsers send none.
"""

from collections.abc import Iterator
from typing import NamedTuple

from .._core.headers import SAFELISTED_METHODS, name_of_code
from .._core.origins import OPAQUE_ORIGINS, Pattern
from .._core.policy import Policy, split
from .._core.protocol import (
    allowed_headers,
    allowed_methods,
    vary_of_preflights,
)
from . import expressions


class NotExportable(ValueError):
    """A policy that a web server cannot express."""


class Group(NamedTuple):
    """Origins whose pages get the same answers. A page gets those of the first group it is in."""

    exact: tuple[str, ...]
    """Origins, compared as they are: case counts."""
    patterns: tuple[str, ...]
    """Expressions, each for a whole ``Origin``.

    Its length has to be checked too: at most :data:`.origins.MAX_ORIGIN_LENGTH` characters.
    """
    everybody: bool
    """Whether every request with an ``Origin`` is in the group, and those without one too.

    Then Allow-Origin is ``*``; else it is the request's ``Origin``.
    """
    credentials: bool
    """Whether to send ``Access-Control-Allow-Credentials: true``."""
    methods: str
    """The value of Allow-Methods in answers to preflights; empty for no such header."""
    echoes_method: bool
    """Whether Allow-Methods is the requested method instead, if that is a token but not ``*``.

    A token has at most :data:`.protocol.MAX_METHOD_SIZE` characters.
    """


class Rules(NamedTuple):
    """What to send, and to whom."""

    groups: tuple[Group, ...]
    expose: str
    """The value of Expose-Headers in all other responses; empty for no such header."""
    max_age: str
    """The value of Max-Age in answers to preflights; empty for no such header."""
    headers: str
    """The value of Allow-Headers in answers to preflights; empty for no such header."""
    withholds_headers: bool
    """Whether to leave out Allow-Headers if the preflight requests Authorization."""
    limits_headers: bool
    """Whether to refuse preflights that request too many headers.

    These are more than :data:`.protocol.MAX_REQUESTED_SIZE` characters, or more than
    :data:`.protocol.MAX_REQUESTED_NAMES` names.
    """
    refused_methods: tuple[str, ...]
    """Requested methods that get 403, Allow-Origin and Allow-Credentials."""
    vary: str
    """The value of Vary in all other responses, with or without an ``Origin``; may be empty."""
    preflight_vary: str
    """The value of Vary in answers to preflights, also in those that refuse."""

    @classmethod
    def of(cls, policy: Policy) -> "Rules":
        """Return the rules of a policy.

        :raises NotExportable: if a web server cannot apply it.
        """
        _check(policy)
        others, listed = policy, None
        if not isinstance(policy.allow_credentials, bool):
            others, listed = split(policy)
        is_open = policy.allows_everybody and listed is None
        names = allowed_headers(others, ())
        return cls(
            groups=tuple(_group(one) for one in (listed, others) if one is not None),
            expose=", ".join(policy.expose_headers),
            max_age="" if policy.max_age is None else str(policy.max_age),
            headers=", ".join(names),
            withholds_headers=[*names] == ["*"],
            limits_headers="*" in names,
            refused_methods=tuple(_refused_methods(policy)),
            vary="" if is_open else "Origin",
            preflight_vary=vary_of_preflights(policy, is_open)[1],
        )


def _check(policy: Policy) -> None:
    """Reject what no web server can apply.

    :raises NotExportable: for the first such setting.
    """
    if policy.trial is not None:
        raise NotExportable(
            "the policy has a trial, which only wsgicors reports; use policy.with_trial(None)"
        )
    for entry in policy.allow_origins:
        if hasattr(type(entry), "judged"):
            raise NotExportable(
                f"allow_origins loads origins while the app runs ({entry}); list them instead, or "
                f"leave CORS to the app"
            )
        if not isinstance(entry, str):
            raise NotExportable(
                f"allow_origins calls {name_of_code(entry)}(), which only Python can; list origins "
                f"or patterns instead, or leave CORS to the app"
            )
    if "*" in policy.allow_headers and policy.allow_credentials:
        raise NotExportable(
            "with credentials, allow_headers='*' needs a check of each requested name, which only "
            "wsgicors makes; list the headers in allow_headers"
        )


def _group(policy: Policy) -> Group:
    """Return the group of a policy whose ``allow_credentials`` is a bool."""
    origins = [entry for entry in policy.allow_origins if isinstance(entry, str)]
    exact: list[str] = []
    patterns: list[str] = []
    for text in () if policy.allows_everybody else origins:
        pattern = None if text in OPAQUE_ORIGINS else Pattern.parse(text)
        if pattern is None or pattern.is_exact:
            exact.append(text)
        else:
            patterns.append(expressions.of_pattern(pattern))
    credentials = policy.allow_credentials is True
    echoes_method = credentials and "*" in (policy.allow_methods or ())
    methods = () if echoes_method else allowed_methods(policy, "GET", None)
    return Group(
        tuple(exact),
        tuple(patterns),
        policy.allows_everybody,
        credentials,
        ", ".join(methods),
        echoes_method,
    )


def _refused_methods(policy: Policy) -> Iterator[str]:
    """Yield the methods that browsers allow even if a list lacks them, and this list lacks them."""
    listed = policy.allow_methods
    if listed is not None and "*" not in listed:
        yield from (method for method in SAFELISTED_METHODS if method not in listed)
