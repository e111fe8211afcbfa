"""Trials: what another policy would take from pages that a policy allows.

A policy with a trial (:meth:`.Policy.with_trial`) decides alone. These functions compare its
decision with that of the trial, as a browser would see both.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from .headers import (
    CORS_RESPONSE_HEADERS,
    EXPOSE_HEADERS,
    FORBIDDEN_RESPONSE_HEADERS,
    SAFELISTED_RESPONSE_HEADERS,
    Header,
    quote,
    split_list,
)
from .policy import Policy, settle
from .protocol import Decision, Preflight, Reason, actual, refused_origin, why_refused

LossReason = Reason | Literal["credentials-not-allowed", "header-not-exposed"]
"""Why a page would lose something: browsers would block the request, or hide a header."""

REDIRECTS = ("301", "302", "303", "307", "308")
"""The statuses of redirects, whose headers no page can read (Fetch, "redirect status")."""

MAX_LISTED_NAMES = 5
"""The most response headers that a sentence names."""

_NEVER_LOST = SAFELISTED_RESPONSE_HEADERS | FORBIDDEN_RESPONSE_HEADERS | CORS_RESPONSE_HEADERS
"""Response headers that every page can read, that none can, and those of CORS itself."""


class Loss(NamedTuple):
    """What a trial would take from a page: a code for programs and a sentence for people."""

    reason: LossReason
    sentence: str


class Answered(NamedTuple):
    """An actual request, and the response of the app to it."""

    origin: str
    has_cookies: bool
    has_authorization: bool
    """Whether it has the header Authorization, which the page or the browser may have set."""
    status: str
    headers: Sequence[Header]
    """The header lines of the app, without those that a policy adds."""


def lost_preflight(
    decision: Decision, asked: Preflight, served: Sequence[str] | None
) -> Loss | None:
    """Return why the trial would refuse a preflight that the policy grants.

    :param decision: what the policy has decided about this preflight.
    """
    policy, trial = decision.policy, decision.policy.trial
    if trial is None or decision.refusal is not None:
        return None
    if why_refused(settle(policy, asked.origin, is_allowed=True), asked, served) is not None:
        return None  # the response lists what is allowed, which is not what the page asks for
    refusal = why_refused(settle(trial, asked.origin), asked, served)
    return None if refusal is None else Loss(*refusal)


def lost_response(decision: Decision, answered: Answered) -> Loss | None:
    """Return what the trial would take from the response to an actual request.

    No policy can stop the method of a simple request, which needs no preflight.

    :param decision: what the policy has decided about this request.
    """
    policy, trial, origin = decision.policy, decision.policy.trial, answered.origin
    if trial is None or decision.refusal is not None:
        return None
    is_trusted = _allows_credentials(policy, origin)
    if answered.has_cookies and not is_trusted:
        return None  # browsers block this response already
    if actual(trial, origin).refusal is not None:
        return Loss(*refused_origin(trial, origin))
    is_trusted_by_trial = _allows_credentials(trial, origin)
    has_credentials = answered.has_cookies or answered.has_authorization
    if has_credentials and is_trusted and not is_trusted_by_trial:
        sentence = f"credentials of {quote(origin)} are not allowed by allow_credentials"
        return Loss("credentials-not-allowed", sentence)
    exposed = _exposed(policy, answered.headers, is_trusted)
    exposed_by_trial = _exposed(trial, answered.headers, is_trusted_by_trial)
    if _is_redirect(answered.status) or exposed <= exposed_by_trial:
        return None
    if hidden := _hidden(answered.headers, exposed, exposed_by_trial):
        listed = ", ".join(trial.expose_headers) or "none"
        sentence = f"response headers {_list(hidden)} are not among expose_headers: {listed}"
        return Loss("header-not-exposed", sentence)
    return None


def _hidden(own: Iterable[Header], exposed: set[str], exposed_by_trial: set[str]) -> list[str]:
    """Return the names of the headers of a response that only the trial hides."""
    names = {name.lower(): name for name, _ in own}
    if "*" in exposed_by_trial:
        return []
    lost = names.keys() - exposed_by_trial - _NEVER_LOST
    return [
        name for key, name in names.items() if key in lost and ("*" in exposed or key in exposed)
    ]


def _exposed(policy: Policy, own: Iterable[Header], has_credentials: bool) -> set[str]:
    """Return the names that a response exposes under a policy, in lower case; ``*`` means all.

    A policy adds its names to those that the app exposes, as :func:`.headers.merge` does.
    """
    values = [value for name, value in own if name.lower() == EXPOSE_HEADERS.lower()]
    names = [*policy.expose_headers, *(name for value in values for name in split_list(value))]
    exposed = {name.lower() for name in names}
    return exposed - {"*"} if has_credentials else exposed


def _is_redirect(status: str) -> bool:
    return status.startswith(REDIRECTS)


def _list(names: Sequence[str]) -> str:
    """List and quote the first names."""
    more = ", ..." if len(names) > MAX_LISTED_NAMES else ""
    return ", ".join(map(quote, names[:MAX_LISTED_NAMES])) + more


def _allows_credentials(policy: Policy, origin: str) -> bool:
    """Return whether pages of an origin that a policy allows may send credentials."""
    return policy.allow_credentials
