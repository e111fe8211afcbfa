"""``Policy``: who may read what, validated once and frozen."""

import inspect
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Unpack, cast

from . import reading, risks
from .allowlist import read_origins
from .decisions import Decision, Memory
from .headers import ALLOW_ORIGIN, EXPOSE_HEADERS, SAFELISTED_METHODS, Header
from .origins import OriginPredicate, OriginSet
from .problems import Findings, Problem
from .settings import (
    SETTINGS,
    NameList,
    OriginList,
    Settings,
    check_names,
    refusing_unknown_names,
)
from .values import Value


@dataclass(init=False, repr=False, eq=False)
class Policy(Value):
    """What pages of other origins may ask of an endpoint, and what they may read of its answer.

    Each setting is named after the response header that it fills (Fetch, "CORS protocol"), takes
    a list or one comma-separated string, and admits nothing that it does not name.

    >>> policy = Policy(allow_origins=["https://app.example"], expose_headers=["ETag"])
    >>> policy.allows("https://app.example"), policy.allows("https://evil.example")
    (True, False)

    :param allow_origins: the origins whose pages may read: exact ones
        (``https://app.example:8443``), all subdomains (``https://*.app.example``), any port
        (``http://localhost:*``), everybody (``"*"``), or a callable that takes an
        :class:`Origin` and returns a bool. Required.
    :param allow_methods: ``None`` for what the route serves (without a router: GET, HEAD and
        POST), a list to narrow that, or ``"*"``.
    :param allow_headers: request headers that pages may send; exactly these, or ``"*"`` for all
        but Authorization, which has to be listed. ``Content-Type`` lets JSON bodies through.
    :param expose_headers: response headers that pages may read beside the safelisted seven, or
        ``"*"``.
    :param allow_credentials: whether pages may send, and read answers to, requests with cookies.
    :param max_age: seconds (or a ``timedelta``) for which browsers may keep a preflight's
        answer, at most a day; ``None`` leaves the header out, and browsers keep 5 seconds.
    :param accept_risks: codes of problems that somebody has looked at.
    :raises PolicyError: if the policy cannot work or is unsafe, with all faults at once; it is a
        ``TypeError`` too if a value has the wrong type.
    :raises TypeError: if a setting is unknown, or ``allow_origins`` is missing.
    """

    _names = SETTINGS
    __reduce__ = object.__reduce__  # with __getstate__ below: what was checked once is not again

    allow_origins: tuple[str | OriginPredicate, ...]
    allow_methods: tuple[str, ...] | None
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    allow_credentials: bool
    max_age: int | None
    accept_risks: tuple[str, ...]
    problems: tuple[Problem, ...] = field(init=False)
    """What is worth knowing about this policy: problems of severity "warning" and "info"."""
    origins: OriginSet = field(init=False)
    """``allow_origins`` as a set, to ask with ``in``."""
    allows_everybody: bool = field(init=False)
    """Whether the answer is ``*``, and so the same for all who ask."""
    has_static_preflights: bool = field(init=False)
    """Whether a preflight's answer echoes nothing that was asked for but the origin.

    That is without a router: one gives each endpoint methods of its own.
    """
    decided: Memory = field(init=False)
    """Decisions on actual requests, which :func:`.protocol.actual` keeps."""
    decided_preflights: Memory = field(init=False)
    """Decisions on preflights by origin, and by what a router serves where there is one.

    :func:`.protocol.preflight` keeps those that depend on nothing else.
    """

    @refusing_unknown_names
    def __init__(
        self,
        allow_origins: OriginList,
        *,
        allow_methods: NameList | None = None,
        allow_headers: NameList = ("Content-Type",),
        expose_headers: NameList = (),
        allow_credentials: bool = False,
        max_age: int | timedelta | None = None,
        accept_risks: NameList = (),
    ) -> None:
        given: dict[str, object] = {
            "allow_origins": allow_origins,
            "allow_methods": allow_methods,
            "allow_headers": allow_headers,
            "expose_headers": expose_headers,
            "allow_credentials": allow_credentials,
            "max_age": max_age,
            "accept_risks": accept_risks,
        }
        self.__dict__.update(_read(given))
        _warn(self.problems)

    def __getstate__(self) -> dict[str, object]:
        """Leave out what was decided for others when the policy is pickled or copied."""
        return {**self.__dict__, "decided": {}, "decided_preflights": {}}

    def allows(self, origin: str) -> bool:
        """Tell whether pages of this origin, as an ``Origin`` header gives it, may read."""
        origins = self.origins
        return origin in origins.exact or self.allows_everybody or origin in origins

    def derive(self, **changes: Unpack[Settings]) -> "Policy":
        """Make another policy: this one with some settings replaced whole, validated anew.

        >>> policy = Policy("https://app.example", allow_methods=["PUT"])
        >>> policy.derive(max_age=60).allow_methods
        ('PUT',)

        :raises PolicyError: as for a policy written out.
        """
        check_names("derive", changes)
        given: dict[str, object] = {**self.settings, **changes}
        policy = object.__new__(Policy)
        policy.__dict__.update(_read(given))
        _warn(problem for problem in policy.problems if problem not in self.problems)
        return policy

    @property
    def settings(self) -> Settings:
        """The settings as keywords: ``Policy(**policy.settings) == policy``."""
        return cast("Settings", {name: getattr(self, name) for name in SETTINGS})

    @cached_property
    def actual_headers(self) -> tuple[Header, ...]:
        """What a granted actual request is answered with, beside Allow-Origin and Vary."""
        exposed = ", ".join(self.expose_headers)
        lines = ((EXPOSE_HEADERS, exposed),) if exposed else ()
        return self._credentials_header + lines

    @cached_property
    def granted_to_everybody(self) -> Decision:
        """The answer to all actual requests where everybody may read."""
        return Decision([(ALLOW_ORIGIN, "*"), *self.actual_headers])

    @cached_property
    def preflight_headers(self) -> tuple[Header, ...]:
        """What a granted preflight is answered with whatever it asked for."""
        if self.max_age is None:
            return self._credentials_header
        return (*self._credentials_header, ("Access-Control-Max-Age", str(self.max_age)))

    @cached_property
    def listed_headers(self) -> str:
        """The value of Access-Control-Allow-Headers where it is the list itself."""
        return ", ".join(self.allow_headers)

    @cached_property
    def preflight_vary(self) -> Header:
        """The request headers that the answer to a preflight can depend on."""
        names = [] if self.allows_everybody else ["Origin"]
        # Without this header the request were no preflight, and a router picks the policy by it.
        names.append("Access-Control-Request-Method")
        if "*" in self.allow_headers:
            names.append("Access-Control-Request-Headers")
        return "Vary", ", ".join(names)

    @cached_property
    def static_preflight_headers(self) -> tuple[Header, ...]:
        """What a granted preflight is answered with, beside Allow-Origin, where that is static."""
        methods = SAFELISTED_METHODS if self.allow_methods is None else self.allow_methods
        return (*self.answer_preflight(", ".join(methods), self.listed_headers),)

    def answer_preflight(self, methods: str, names: str) -> list[Header]:
        """Return what a granted preflight is answered with, beside Allow-Origin.

        :param methods: those that it names, if any.
        :param names: the header names likewise.
        """
        lines = [*self.preflight_headers]
        if methods:
            lines.append(("Access-Control-Allow-Methods", methods))
        if names:
            lines.append(("Access-Control-Allow-Headers", names))
        lines.append(self.preflight_vary)
        return lines

    @cached_property
    def preflight_granted_to_everybody(self) -> Decision:
        """The answer to all preflights where everybody may read and preflights are static."""
        return Decision([(ALLOW_ORIGIN, "*"), *self.static_preflight_headers])

    @cached_property
    def preflight_refused(self) -> Decision:
        """The answer to preflights of all origins that are refused."""
        return Decision([self.preflight_vary], "origin-not-allowed")

    @property
    def _credentials_header(self) -> tuple[Header, ...]:
        return (("Access-Control-Allow-Credentials", "true"),) if self.allow_credentials else ()


def _read(given: Mapping[str, object]) -> dict[str, object]:
    """Turn settings as given into the fields of a policy.

    :raises PolicyError: with all faults.
    """
    findings = Findings()
    accepted = reading.read_risks(given["accept_risks"], findings)
    origins = read_origins(given["allow_origins"], findings)
    methods = reading.read_methods(given["allow_methods"], findings)
    sent = reading.read_request_headers(given["allow_headers"], findings)
    exposed = reading.read_response_headers(given["expose_headers"], findings)
    credentials = reading.read_bool("allow_credentials", given["allow_credentials"], findings)
    seconds = reading.read_max_age(given["max_age"], findings)
    risks.check_origins(origins, credentials, findings)
    risks.check_headers(methods, sent, exposed, credentials, findings)
    echoes_method = credentials and "*" in (methods or ())
    return {
        "allow_origins": origins.given,
        "allow_methods": methods,
        "allow_headers": sent,
        "expose_headers": exposed,
        "allow_credentials": credentials,
        "max_age": seconds,
        "accept_risks": accepted,
        "problems": findings.conclude(),
        "origins": origins.as_set(),
        "allows_everybody": "*" in origins.given,
        "has_static_preflights": "*" not in sent and not echoes_method,
        "decided": {},
        "decided_preflights": {},
    }


def _warn(problems: Iterable[Problem]) -> None:
    """Emit each warning once, pointing at the line outside this package that made the policy."""
    for problem in problems:
        if problem.severity == "warning":
            level, frame = 1, inspect.currentframe()
            while frame and frame.f_globals.get("__name__", "").partition(".")[0] == "wsgicors":
                level, frame = level + 1, frame.f_back
            message = f"{problem} (code {problem.code!r})"
            warnings.warn(message, UserWarning, stacklevel=level)
