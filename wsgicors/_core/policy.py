"""``Policy``: the settings of one CORS policy, validated once and immutable."""

import difflib
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import wraps
from typing import TypedDict, TypeVar, Unpack, cast

from . import origin_lists, risks, validation
from .origins import Origin, OriginPredicate, OriginSet
from .places import NOWHERE, Place, calling_place
from .problems import PolicyError, Problem, Problems

NameList = str | Iterable[str]
"""Names in a list, or in one comma-separated string."""

OriginList = NameList | Callable[[Origin], bool] | Iterable[str | Callable[[Origin], bool]]
"""Origins, patterns and callables, or one of them, or a comma-separated string."""


_defined: ContextVar[tuple[Place | None, str]] = ContextVar("wsgicors.defined", default=(None, ""))
"""Where the policies are defined that are created now, and what warnings add before them."""


class Settings(TypedDict, total=False):
    """The keywords of :class:`.policy.Policy`, for functions that pass them on."""

    allow_origins: OriginList
    allow_methods: NameList | None
    allow_headers: NameList
    expose_headers: NameList
    allow_credentials: bool | NameList
    max_age: int | timedelta | None
    accept_risks: NameList


SETTINGS = tuple(Settings.__annotations__)
"""The names of all settings."""

_INSTEAD: Mapping[str, str] = {
    # of Flask-CORS; the nearest name would be allow_headers
    "vary_header": "remove it, because Vary is sent wherever the response depends on the origin",
    "trial": "use policy.with_trial(Policy(...))",
    "observer": "pass it to CORS or CORSMiddleware, because it observes a whole app",
}
"""What to use instead of keywords that are not settings, but may be taken for some."""

NOT_SETTINGS = frozenset({*_INSTEAD, "resources"})
"""Keywords for which :func:`instead_of` has advice of its own."""

NAME_RULE = "use letters, digits and underscores, and start with a letter or an underscore"
"""What to use instead of a name that no policy can have."""


def check_names(what: str, settings: Iterable[str], also: Sequence[str] = ()) -> None:
    """Reject keywords that are not settings, and suggest the nearest setting.

    :param what: the name of the callable, for the message.
    :param also: other keywords that the callable takes.
    :raises TypeError: for the first unknown keyword.
    """
    for name in settings:
        if name not in SETTINGS:
            names = (*SETTINGS, *also)
            known = ", ".join(names)
            advice = instead_of(name, names)
            raise TypeError(f"{what}() has no setting {name!r}; {advice} (it takes {known})")


def instead_of(name: str, names: Sequence[str] = SETTINGS) -> str:
    """Return what to use instead of a keyword that is not among these names."""
    if name == "resources":  # of Flask-CORS
        guide = "see 'Coming from Flask-CORS' in the documentation"
        if "resolve" in names:
            return f'use resolve=by_path({{"/api": policy}}) of wsgicors.paths; {guide}'
        tables = [f"{table}={{...}}" for table in ("blueprints", "endpoints") if table in names]
        ways = ["@cors(policy) on each view", *tables]
        return f"policies belong to views, not to paths, so use {' or '.join(ways)}; {guide}"
    near = nearest_setting(name, names)
    return _INSTEAD.get(name) or (f"use {near!r}" if near else "remove it")


def nearest_setting(name: str, names: Sequence[str] = SETTINGS) -> str | None:
    """Return the setting that a misspelt name means; ``None`` if it means none of them."""
    if name in NOT_SETTINGS:
        return None
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.55)
    return near[0] if near else None


Init = TypeVar("Init", bound=Callable[..., None])


def _with_checked_names(init: Init) -> Init:
    """Check the keywords first: Python's own message does not suggest the nearest setting."""

    @wraps(init)
    def checked(*args: object, **settings: object) -> None:
        check_names("Policy", settings)
        if len(args) == 1 and "allow_origins" not in settings:  # only self was given
            raise TypeError(
                'a policy needs allow_origins; use allow_origins=["https://app.example"], '
                "or call derive() on another policy"
            )
        init(*args, **settings)

    return cast("Init", checked)


@dataclass(frozen=True, init=False)
class Policy:
    """A CORS policy: which origins may call an endpoint, and what they may send and read.

    Each setting is named after the response header that it fills (Fetch, "CORS protocol") and
    takes a list or one comma-separated string. A policy allows nothing that it does not list.

    >>> policy = Policy(allow_origins=["https://app.example"], expose_headers=["ETag"])
    >>> policy.allows("https://app.example"), policy.allows("https://evil.example")
    (True, False)

    :param allow_origins: the origins whose pages may read responses: exact ones
        (``https://app.example:8443``), all subdomains (``https://*.app.example``), any port
        (``http://localhost:*``), every origin (``"*"``), or a callable that takes an
        :class:`Origin` and returns a bool. Required.
    :param allow_methods: ``None`` for the methods that the route serves (without a router: GET,
        HEAD and POST), a list to narrow them, or ``"*"``.
    :param allow_headers: the request headers that pages may send, or ``"*"`` for all except
        Authorization, which has to be listed. ``Content-Type`` allows JSON bodies.
    :param expose_headers: the response headers that pages may read in addition to the seven that
        every page can read, or ``"*"``.
    :param allow_credentials: whether pages may send requests with cookies and read the responses;
        or a list of the origins and patterns whose pages may, each covered by an entry of
        ``allow_origins``.
    :param max_age: seconds (or a ``timedelta``) for which browsers may cache a preflight response,
        at most a day; ``None`` omits the header, and browsers use 5 seconds.
    :param accept_risks: codes of risks to accept; the policy is then created without that error
        or warning.
    :raises PolicyError: if the policy cannot work or is unsafe, with all faults at once.
    :raises TypeError: if a setting is unknown, or ``allow_origins`` is missing.
    """

    allow_origins: tuple[str | OriginPredicate, ...]
    allow_methods: tuple[str, ...] | None
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    allow_credentials: bool | tuple[str, ...]
    """Ask :meth:`allows_credentials` about an origin: a list of some origins is true too."""
    max_age: int | None
    accept_risks: tuple[str, ...]
    problems: tuple[Problem, ...] = field(init=False, compare=False, repr=False)
    """The problems of severity ``"warning"`` and ``"info"``."""
    origins: OriginSet = field(init=False, compare=False, repr=False)
    """``allow_origins`` as a set, for ``in``. It is empty if every origin is allowed."""
    trusted: OriginSet = field(init=False, compare=False, repr=False)
    """``allow_credentials`` as a set, if it is a list; else empty."""
    place: Place | None = field(default=None, init=False, compare=False, repr=False)
    """The line that has created the policy; ``None`` for a copy, and if it is not known."""
    trial: "Policy | None" = field(default=None, init=False, compare=False, repr=False)
    """The policy that is on trial, see :meth:`with_trial`."""

    @_with_checked_names
    def __init__(
        self,
        allow_origins: OriginList,
        *,
        allow_methods: NameList | None = None,
        allow_headers: NameList = ("Content-Type",),
        expose_headers: NameList = (),
        allow_credentials: bool | NameList = False,
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
        self.__dict__.update(_validate(given), place=_defined.get()[0] or calling_place())
        _warn(self.problems, self.place)

    def __getstate__(self) -> dict[str, object]:
        """Return the state without what :mod:`.protocol` remembers, and without places."""
        left_out = ("_answers", "_base", "place")
        return {name: value for name, value in self.__dict__.items() if name not in left_out}

    @property
    def allows_everybody(self) -> bool:
        """Whether every origin is allowed."""
        first = self.allow_origins[0]
        return isinstance(first, str) and first == "*"

    def allows(self, origin: str) -> bool:
        """Return whether pages of this origin may read; ``origin`` is an ``Origin`` header."""
        return self.allows_everybody or origin in self.origins

    def allows_credentials(self, origin: str) -> bool:
        """Return whether pages of this origin may send cookies and read the responses.

        >>> policy = Policy("*", allow_credentials=["https://app.example"])
        >>> policy.allows_credentials("https://app.example"), policy.allows("https://any.example")
        (True, True)
        """
        if isinstance(self.allow_credentials, bool):
            return self.allow_credentials and self.allows(origin)
        return origin in self.trusted

    def derive(self, **changes: Unpack[Settings]) -> "Policy":
        """Return a new policy: this one with some settings replaced, validated as a whole.

        A trial gets the same changes.

        >>> policy = Policy("https://app.example", allow_methods=["PUT"])
        >>> policy.derive(max_age=60).allow_methods
        ('PUT',)

        :param changes: settings to replace.
        :raises PolicyError: as for a new policy; also if only the trial cannot work any more.
        """
        check_names("derive", changes)
        place = _defined.get()[0] or calling_place()
        derived, problems = _derive(self, changes, place)
        trial = None
        if self.trial is not None:
            trial, found = _derive(self.trial, changes, place)
            of_trial = [problem for problem in found if problem not in problems]
            problems += [replace(one, setting=f"trial, {one.setting}") for one in of_trial]
        errors = [problem for problem in problems if problem.severity == "error"]
        if derived is None or errors:
            raise PolicyError(errors)
        if trial is not None:
            derived.__dict__["trial"] = trial
        derived.__dict__["_base"] = _base_at(place, self, frozenset(changes))
        _warn(problems, place)
        return derived

    def with_trial(self, other: "Policy | None") -> "Policy":
        """Return a copy of this policy that also reports what another policy would refuse.

        The copy decides and answers as this policy does, and is equal to it. What the other policy
        would take from a page is logged, and observers are called with the outcome ``"trial"``.

        >>> subdomains = Policy("https://*.app.example")
        >>> tried = subdomains.with_trial(Policy("https://www.app.example"))
        >>> tried.allows("https://old.app.example"), tried == subdomains
        (True, True)

        :param other: the policy to try; ``None`` ends a trial.
        :raises TypeError: if it is not a policy.
        :raises ValueError: if it has a trial itself.
        """
        if other is not None and not isinstance(cast("object", other), Policy):
            raise TypeError(f"{other!r} is not a Policy; use with_trial(Policy(...))")
        if other is not None and other.trial is not None:
            raise ValueError(
                "the policy on trial has a trial itself, which nothing would report; use "
                "with_trial(other.with_trial(None))"
            )
        return _replace(self, place=self.place, trial=other, _base=base_of(self))

    @property
    def settings(self) -> Settings:
        """The settings as keywords: ``Policy(**policy.settings) == policy``."""
        return cast("Settings", {name: getattr(self, name) for name in SETTINGS})


def _validate(given: Mapping[str, object]) -> dict[str, object]:
    """Convert settings as given to the fields of a policy.

    :raises PolicyError: with all faults.
    """
    problems = Problems()
    accepted = validation.read_risks(given["accept_risks"], problems)
    origins = origin_lists.read_origins(given["allow_origins"], problems)
    methods = validation.read_methods(given["allow_methods"], problems)
    sent = validation.read_request_headers(given["allow_headers"], problems)
    exposed = validation.read_response_headers(given["expose_headers"], problems)
    trusted = origin_lists.read_credentials(given["allow_credentials"], origins, problems)
    seconds = validation.read_max_age(given["max_age"], problems)
    risks.check_origins(origins, trusted, problems)
    risks.check_headers(methods, sent, exposed, trusted, problems)
    return {
        "allow_origins": origins.kept,
        "allow_methods": methods,
        "allow_headers": sent,
        "expose_headers": exposed,
        "allow_credentials": trusted if isinstance(trusted, bool) else trusted.kept,
        "max_age": seconds,
        "accept_risks": accepted,
        "problems": problems.conclude(),
        "origins": origins.as_set(trusted is True, accepted),
        "trusted": OriginSet() if isinstance(trusted, bool) else trusted.as_set(True, accepted),
    }


def _derive(
    policy: Policy, changes: Settings, place: Place | None
) -> tuple[Policy | None, list[Problem]]:
    """Return a policy with some settings replaced, and its new problems.

    If there are errors among them, there is no policy.
    """
    derived = object.__new__(Policy)
    try:
        derived.__dict__.update(_validate({**policy.settings, **changes}), place=place)
    except PolicyError as error:
        return None, [*error.problems]
    return derived, [problem for problem in derived.problems if problem not in policy.problems]


def base_of(policy: Policy) -> tuple[Policy, frozenset[str]] | None:
    """Return what a policy is derived from, and the names of the settings that it replaces."""
    return cast("tuple[Policy, frozenset[str]] | None", policy.__dict__.get("_base"))


def _base_at(
    place: Place | None, base: Policy, changes: frozenset[str]
) -> tuple[Policy, frozenset[str]]:
    """Return what to keep as the base of a policy that is derived at a line.

    Leave out policies that the same line has derived: an app may replace its policy by a derived
    one again and again, and each would keep all earlier ones in memory.
    """
    kept, older = (base, changes), base
    while (found := base_of(older)) is not None:
        changes |= found[1]
        if older.place == place:
            kept = found[0], changes
        older = found[0]
    return kept


def settle(policy: Policy, origin: str, is_allowed: bool | None = None) -> Policy:
    """Return a policy that has decided about one origin, so that callables are not asked again.

    :param is_allowed: what the policy has just decided; by default it is asked.
    """
    if policy.origins.is_fixed:
        return policy
    return _replace(policy, origins=policy.origins.settle(origin, is_allowed))


def split(policy: Policy) -> tuple[Policy, Policy]:
    """Return two policies for one whose ``allow_credentials`` is a list.

    :returns: that of all other origins, without credentials, and that of the listed origins.
    """
    plain = _replace(policy, allow_credentials=False, trusted=OriginSet())
    listed = _replace(plain, allow_origins=policy.allow_credentials, origins=policy.trusted)
    return plain, _replace(listed, allow_credentials=True)


def _replace(policy: Policy, **fields: object) -> Policy:
    """Return a copy with other fields, which are not validated."""
    other = copy(policy)
    other.__dict__.update(fields)
    return other


@contextmanager
def defined_at(place: Place | None, entry: str = "") -> Generator[None, None, None]:
    """Attribute the policies that are created in this block to a line of the app.

    :param place: the line; ``None`` if it is not known.
    :param entry: the entry of a table that defines the policy, which warnings then name.
    """
    token = _defined.set((place, entry and f"{entry}, "))
    try:
        yield
    finally:
        _defined.reset(token)


def _warn(problems: Iterable[Problem], place: Place | None) -> None:
    """Issue the warnings, at the line of the app that defines the policy.

    If that line is not known, the warning has none either.
    """
    for problem in problems:
        if problem.severity == "warning":
            message = f"{_defined.get()[1]}{problem}"
            (place or NOWHERE).warn(message)
