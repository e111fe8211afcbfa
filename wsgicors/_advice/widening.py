"""Which settings a policy needs so that a request is allowed."""

import warnings
from threading import Lock
from typing import NamedTuple, cast

from .._core.headers import SAFELISTED_METHODS
from .._core.origin_lists import covers
from .._core.origins import Pattern
from .._core.policy import Policy, Settings
from .._core.problems import RISKS, PolicyError
from .._core.protocol import seen_by
from .._core.sources import OriginSource, Terms
from .._introspection import Route
from .corrections import MAX_REPEATED_LENGTH, MAX_REPEATED_NAMES, Wanted

WITHOUT_ROUTER = ("wrapper", "resolver")
"""The kinds of routes of apps without a router."""

_FILTERS = Lock()


def widen(route: Route, wanted: Wanted) -> dict[str, object]:
    """Return the settings that the policy of a route needs, each with its whole value.

    Leave out what depends on an origin or a method that is not known.
    """
    base, settings = route.policy, dict[str, object]()
    if base is None:
        if not wanted.origin:
            return {}  # every policy lists origins
        base = Policy("*")
        settings["allow_origins"] = [wanted.origin]
        if wanted.credentials:
            settings["allow_credentials"] = True
    else:
        settings |= _widen_origins(base, wanted)
    methods = base.allow_methods
    if methods is None:
        is_routed = route.kind not in WITHOUT_ROUTER or route.methods
        methods = ("*",) if is_routed else SAFELISTED_METHODS
    # A simple request is sent without a preflight, so no list of methods can stop it.
    is_simple = not (wanted.headers or wanted.is_preflight) and wanted.method in SAFELISTED_METHODS
    is_covered = wanted.method in methods or "*" in methods or not wanted.method
    if not is_covered and not is_simple:
        settings["allow_methods"] = [*methods, wanted.method]
    known = {name.lower() for name in base.allow_headers}
    covered = {name for name in wanted.headers if "*" in known and name.lower() != "authorization"}
    missing = [n for n in wanted.headers if n.lower() not in known and n not in covered]
    is_long = any(len(name) > MAX_REPEATED_LENGTH for name in missing)
    if is_long or len(missing) > MAX_REPEATED_NAMES:
        widened = _with_risks(base, settings)
        if settings and not widened:
            return {}
        return {**widened, "allow_headers": TooManyNames(len(missing))}
    if missing:
        settings["allow_headers"] = [*base.allow_headers, *missing]
    return _with_risks(base, settings)


def _widen_origins(base: Policy, wanted: Wanted) -> dict[str, object]:
    """Return the settings for the origin and the credentials of a request."""
    if wanted.credentials and not seen_by(base, wanted.origin).allow_credentials:
        return _add_credentials(base, wanted.origin)
    if wanted.origin and not base.allows(wanted.origin):
        return {"allow_origins": [*base.allow_origins, wanted.origin]}
    return {}


def _add_credentials(base: Policy, origin: str) -> dict[str, object]:
    """Return the settings with which pages of an origin, and of no other, send cookies too."""
    if base.allow_credentials is False and _allows_only(base, origin):
        return {"allow_credentials": True} | _without_exposed_wildcard(base)
    if not origin:
        return {}  # the page's next origin has to be listed
    settings = dict[str, object]()
    if not covers(base.allow_origins, origin):
        settings["allow_origins"] = [*base.allow_origins, origin]
    listed = () if isinstance(base.allow_credentials, bool) else base.allow_credentials
    settings["allow_credentials"] = [*listed, origin]
    return settings | _without_exposed_wildcard(base)


def _allows_only(base: Policy, origin: str) -> bool:
    """Return whether a policy lists one origin: this one, unless the page's next one is unknown."""
    first, *others = base.allow_origins
    pattern = Pattern.parse(first) if isinstance(first, str) and not others else None
    return pattern is not None and pattern.is_exact and origin in (first, "")


def _without_exposed_wildcard(base: Policy) -> dict[str, object]:
    """Return ``expose_headers`` for a policy with credentials, if it has to change."""
    if "*" not in base.expose_headers:
        return {}
    return {"expose_headers": [name for name in base.expose_headers if name != "*"]}


class Missing(NamedTuple):
    """What a source of a policy has to return so that the policy allows an origin."""

    source: OriginSource
    entry: str
    row: str = ""
    """What the source has returned in its place, if that is a misspelling."""


def find_missing(base: Policy, origin: str) -> Missing | None:
    """Return what a source has to return; ``None`` if that would not be allowed either."""
    loading = [entry for entry in base.allow_origins if isinstance(entry, OriginSource)]
    if not loading:
        return None
    from .._core.rows import judge  # here, because few policies load origins
    from .._core.suggestions import suggest

    terms = Terms(base.allow_credentials is True, frozenset(base.accept_risks))
    for source in loading:
        for row in (str(problem.value) for problem in source.left_out(terms)):
            corrected = suggest(row).corrected
            if covers([corrected], origin) and judge([corrected], terms).kept:
                return Missing(source, corrected, row)
    return Missing(loading[0], origin) if judge([origin], terms).kept else None


class TooManyNames(NamedTuple):
    """Stands for the header names of a page where they are too many or too long to repeat."""

    number: int


def _with_risks(base: Policy, settings: dict[str, object]) -> dict[str, object]:
    """Add the risks to accept; return nothing if there can be no such policy."""
    try:
        # Filters of warnings belong to the whole process, and requests are served in threads.
        with _FILTERS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            base.with_trial(None).derive(**cast("Settings", settings))
    except PolicyError as error:
        risks = {problem.code for problem in error.problems if problem.severity == "error"}
        if not risks <= RISKS:
            return {}
        return {**settings, "accept_risks": [*base.accept_risks, *sorted(risks)]}
    return settings
