"""What a page has to change in its request because no policy can allow it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .._core.headers import is_forbidden_request_header, is_token, quote
from .._core.origin_lists import read_origins
from .._core.origins import OPAQUE_ORIGINS, Origin
from .._core.policy import Policy
from .._core.problems import Problems
from .._core.protocol import MAX_METHOD_SIZE, seen_by
from .._core.validation import read_methods, read_request_headers

MAX_REPEATED_NAMES = 20
"""The most names in a list that advice repeats."""

MAX_REPEATED_LENGTH = 100
"""The most characters of a requested header name that advice repeats."""

MAX_CORRECTED_NAMES = 5
"""The most header names whose fault advice explains."""


class Wanted(NamedTuple):
    """What a request needs the policy to allow."""

    origin: str
    """Empty if it is not known, because the page has to get another one."""
    method: str = "GET"
    """Empty if it is not known, because the page has to use another one."""
    headers: Sequence[str] = ()
    """The headers that a preflight asks for."""
    credentials: bool = False
    is_preflight: bool = False
    """Whether a preflight was sent, even if neither the method nor the headers require it."""


class Correction(NamedTuple):
    """What a page has to change in its request, and the request after that."""

    changes: Sequence[str]
    wanted: Wanted


def correct(
    wanted: Wanted, policy: Policy | None = None, served: Sequence[str] = ()
) -> Correction | None:
    """Return what the page has to change because no policy can allow it.

    :param policy: the policy of the route, if there is one.
    :param served: other methods that are known to be served.
    :returns: ``None`` for a request that no browser sends.
    """
    is_origin = wanted.origin in OPAQUE_ORIGINS or Origin.parse(wanted.origin) is not None
    if not is_origin or not all(map(_can_be_set, wanted.headers)):
        return None
    changes: list[str] = []
    if change := _correct_method(wanted, policy, served):
        changes.append(change.sentence)
        wanted = wanted._replace(method=change.method)
    if wrong := _wrong_headers(wanted, policy):
        changes.append(_about_headers(wrong))
        kept = [name for name in wanted.headers if name.lower() not in wrong]
        wanted = wanted._replace(headers=kept)
    if sentence := _about_origin(wanted, policy):
        changes.append(sentence)
        wanted = wanted._replace(origin="")
    return Correction(changes, wanted)


def _can_be_set(name: str) -> bool:
    return is_token(name) and not is_forbidden_request_header(name)


class _OtherMethod(NamedTuple):
    sentence: str
    method: str
    """The method to use; empty if it is not known."""


def _correct_method(
    wanted: Wanted, policy: Policy | None, served: Sequence[str]
) -> _OtherMethod | None:
    """Return which method a page has to use instead of one that no policy can allow."""
    method, upper = wanted.method, wanted.method.upper()
    listed = policy.allow_methods if policy else None
    allowed = listed or ()
    can_echo = method != "*" and len(method) <= MAX_METHOD_SIZE
    is_covered = "*" in allowed and not served and (can_echo or _has_wildcards(wanted, policy))
    if is_covered or (method in allowed and method != "*"):
        return None
    is_likely = upper in served or upper == "PATCH"
    if method != upper and (upper in allowed or (is_likely and method not in served)):
        sentence = f"use {quote(upper)} in the page: methods are case-sensitive"
        return _OtherMethod(sentence, upper)
    if len(method) > MAX_METHOD_SIZE:
        sentence = f"use a method of at most {MAX_METHOD_SIZE} characters in the page"
        return _OtherMethod(sentence, "")
    if method == "*":
        return _OtherMethod("use another method in the page: '*' stands for all methods", "")
    if "*" in allowed or (listed is None and method in served):
        return None
    problems = Problems()
    read_methods([method], problems)
    if fault := _first_error(problems):
        return _OtherMethod(f"use another method in the page: {fault}", "")
    return None


def _has_wildcards(wanted: Wanted, policy: Policy | None) -> bool:
    """Return whether ``*`` stands for everything, as it does without credentials."""
    return not (wanted.credentials or _has_credentials(wanted, policy))


def _has_credentials(wanted: Wanted, policy: Policy | None) -> bool:
    """Return whether the policy allows credentials to pages of the origin, once it allows that."""
    return policy is not None and bool(seen_by(policy, wanted.origin).allow_credentials)


def _wrong_headers(wanted: Wanted, policy: Policy | None) -> dict[str, str]:
    """Return the names that no policy can list, in lower case, and what to do about each."""
    known = {name.lower() for name in (policy.allow_headers if policy else ())}
    wrong: dict[str, str] = {}
    if "*" in wanted.headers and not ("*" in known and _has_wildcards(wanted, policy)):
        wrong["*"] = "rename it, because '*' stands for all headers"
    if "*" in known:
        return wrong
    problems = Problems()
    names = [name for name in wanted.headers if name.lower() not in {*known, "*"}]
    read_request_headers(names, problems)
    for problem in problems.found:
        what = "remove it, because only the server sends it"
        if problem.code != "misplaced-header":
            what = "rename it, because a policy cannot list it"
        if problem.severity == "error":
            wrong[str(problem.value).lower()] = what
    return wrong


def _about_headers(wrong: Mapping[str, str]) -> str:
    """Say what a page has to change in the request headers that it sets."""
    shown = [*wrong.items()][:MAX_CORRECTED_NAMES]
    said = "; ".join(f"{quote(name[:MAX_REPEATED_LENGTH])}: {what}" for name, what in shown)
    more = f"; and {len(wrong) - len(shown)} more" if len(wrong) > len(shown) else ""
    return f"change the request headers that the page sets ({said}{more})"


def _about_origin(wanted: Wanted, policy: Policy | None) -> str:
    """Say why a page has to get another origin; return nothing if a policy can allow this one."""
    origin, allowed = wanted.origin, policy is not None and policy.allows(wanted.origin)
    if allowed and (_has_credentials(wanted, policy) or not wanted.credentials):
        return ""
    instead = ", or have it leave credentials out" if allowed else ""
    if origin in OPAQUE_ORIGINS:
        return (
            f"serve the page from an origin of its own{instead}: sandboxed frames and local files "
            f"all send 'null', and so can any attacker's page"
        )
    problems = Problems()
    read_origins([origin], problems)
    fault = _first_error(problems)
    return f"serve the page from another origin{instead}: {fault}" if fault else ""


def _first_error(problems: Problems) -> str:
    """Return why a policy rejects a value, without what to use instead; empty if it does not."""
    messages = [one.message for one in problems.found if one.severity == "error"]
    return messages[0].partition("; ")[0] if messages else ""
