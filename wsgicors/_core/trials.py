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
from .sources import RefreshedSet

TrialReason = Literal["credentials-not-allowed", "header-not-exposed"]
"""Why a page would lose something, beside the reasons for refusals."""

REDIRECTS = ("301", "302", "303", "307", "308")
"""The statuses of redirects, whose headers no page can read (Fetch, "redirect status")."""

MAX_LISTED_NAMES = 5
"""The most response headers that a sentence names."""

_CREDENTIALS = ("Access-Control-Allow-Credentials", "true")

_NEVER_LOST = SAFELISTED_RESPONSE_HEADERS | FORBIDDEN_RESPONSE_HEADERS | CORS_RESPONSE_HEADERS
"""Response headers that every page can read, that none can, and those of CORS itself."""


class Loss(NamedTuple):
    """What a trial would take from a page: a code for programs and a sentence for people."""

    reason: Reason | TrialReason
    sentence: str

    def __str__(self) -> str:
        effect = "hide headers" if self.reason == "header-not-exposed" else "block this request"
        return f"{effect}: {self.sentence}"


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

    :param decision: what the policy has decided about this preflight, which grants it.
    """
    trial = _settled_trial(decision.policy, asked.origin)
    refusal = None if trial is None else why_refused(trial, asked, served)
    if refusal is None:
        return None
    policy = settle(decision.policy, asked.origin, is_allowed=True)
    if why_refused(policy, asked, served) is not None:
        return None  # the response lists what is allowed, which is not what the page asks for
    return Loss(*refusal)


def lost_response(decision: Decision, answered: Answered) -> Loss | None:
    """Return what the trial would take from the response to an actual request.

    No policy can stop the method of a simple request, which needs no preflight.

    :param decision: what the policy has decided about this request, which grants it.
    """
    origin, own = answered.origin, answered.headers
    if answered.has_cookies and _CREDENTIALS not in decision.headers:
        return None  # browsers block this response already
    trial = _settled_trial(decision.policy, origin)
    if trial is None:
        return None
    by_trial = actual(trial, origin)
    if by_trial.headers == decision.headers:
        return None
    if by_trial.refusal is not None:
        return Loss(*refused_origin(trial, origin))
    has_credentials = answered.has_cookies or answered.has_authorization
    is_trusted = _CREDENTIALS in decision.headers
    if has_credentials and is_trusted and _CREDENTIALS not in by_trial.headers:
        # A page may set Authorization itself, which needs no credentials.
        sent = "credentials" if answered.has_cookies else "Authorization, perhaps as a credential"
        sentence = f"origin {quote(origin)} sends {sent}, which allow_credentials forbids"
        return Loss("credentials-not-allowed", sentence)
    exposed, exposed_by_trial = _exposed(decision, own), _exposed(by_trial, own)
    if exposed <= exposed_by_trial or answered.status.startswith(REDIRECTS):
        return None
    if hidden := _hidden(own, exposed, exposed_by_trial):
        listed = ", ".join(trial.expose_headers) or "none"
        names = f"headers {_list(hidden)} are" if len(hidden) > 1 else f"header {_list(hidden)} is"
        sentence = f"response {names} not among expose_headers: {listed}"
        return Loss("header-not-exposed", sentence)
    return None


def _settled_trial(policy: Policy, origin: str) -> Policy | None:
    """Return the trial of a policy, when its callables have decided about an origin.

    :returns: ``None`` without a trial, and if the trial cannot decide: a callable has raised, or
        origins have not been loaded. A trial waits for no load, because no response depends on it.
    """
    trial = policy.trial
    if trial is None or trial.origins.is_fixed:
        return trial
    if isinstance(trial.origins, RefreshedSet):
        is_allowed = trial.origins.allows_at_once(origin)
    else:
        is_allowed = origin in trial.origins
    if is_allowed is None:
        return None
    settled = settle(trial, origin, is_allowed)
    return settled if settled.origins.fault is None else None


def _hidden(own: Iterable[Header], exposed: set[str], exposed_by_trial: set[str]) -> list[str]:
    """Return the names of the headers of a response that only the trial hides."""
    names = {name.lower(): name for name, _ in own}
    if "*" in exposed_by_trial:
        return []
    lost = names.keys() - exposed_by_trial - _NEVER_LOST
    return [
        name for key, name in names.items() if key in lost and ("*" in exposed or key in exposed)
    ]


def _exposed(decision: Decision, own: Iterable[Header]) -> set[str]:
    """Return the names that a response exposes, in lower case; ``*`` means all.

    A policy adds its names to those that the app exposes, as :func:`.headers.merge` does.
    """
    values = [value for name, value in own if name.lower() == EXPOSE_HEADERS.lower()]
    values += [value for name, value in decision.headers if name == EXPOSE_HEADERS]
    exposed = {name.lower() for value in values for name in split_list(value)}
    return exposed - {"*"} if _CREDENTIALS in decision.headers else exposed


def _list(names: Sequence[str]) -> str:
    """List and quote the first names."""
    more = ", ..." if len(names) > MAX_LISTED_NAMES else ""
    return ", ".join(map(quote, names[:MAX_LISTED_NAMES])) + more
