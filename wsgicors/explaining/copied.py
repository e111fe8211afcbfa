"""Explains requests that people copied, whose texts leave parts of the request open."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from ..testing.profiles import ENGINES
from .evidence.hosts import explain_host
from .explanation import Explanation, Verdict
from .judging import judge, judge_all
from .pasted import Pasted
from .pasted.completing import (
    DOUBT,
    DOUBT_PREFLIGHT,
    MAYBE_CREDENTIALS,
    MAYBE_METHOD,
    MAYBE_PREFLIGHT,
    with_preflight,
)
from .pasted.received import (
    contradicts_guess,
    describe_message,
    find_difference,
    is_refused,
    use_named_methods,
)
from .questions import Question
from .redaction import HIDDEN, Redactor, redact
from .words import how_to_repeat

OF_BODIES = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""The statuses with which servers refuse a request whose body is missing."""

NO_BODY = (
    "A console message does not show the body, so explain sent none, and the server answered {}. "
    "If the page sends JSON, add -H 'Content-Type: application/json' -d '{{}}'."
)
"""A note for requests that a message names, if a server may have refused them without a body."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A request with its explanations by profile: of one profile, or of all engines."""

    request: Pasted
    explanations: Mapping[str, Explanation]

    @property
    def verdicts(self) -> set[Verdict]:
        """The verdicts of the explanations."""
        return {one.verdict for one in self.explanations.values()}

    @property
    def ends_with_preflight(self) -> bool:
        """Whether preflights have succeeded, and nothing was sent after them."""
        ends = [one.exchanges[-1:] for one in self.explanations.values()]
        is_sent = all(end and end[0].kind == "preflight" for end in ends)
        return is_sent and self.verdicts == {"unknown"}

    @property
    def differs(self) -> bool:
        """Whether a browser has received something else, according to its message."""
        return any(find_difference(self.request, one) for one in self.explanations.values())

    def add(self, note: str) -> "Explained":
        """Add a note to each explanation."""
        return self.map(lambda one: replace(one, notes=(*one.notes, note)))

    def map(self, change: Callable[[Explanation], Explanation]) -> "Explained":
        """Change each explanation."""
        changed = {name: change(one) for name, one in self.explanations.items()}
        return replace(self, explanations=changed)

    def redact(self) -> "Explained":
        """Return the request and its explanations with all secrets replaced by ``…``."""
        given = self.request
        # The cookies of a request may not have been sent.
        secrets = [*given.headers, *(("Cookie", "=".join(cookie)) for cookie in given.cookies)]
        redactor = Redactor(secrets)
        request = redactor.make(lambda: _redact_request(redactor, given))
        explanations = {name: redact(one, secrets) for name, one in self.explanations.items()}
        return Explained(request, explanations)


def _redact_request(redactor: Redactor, given: Pasted) -> Pasted:
    body = given.body
    return replace(
        given,
        url=redactor.text(given.url),
        headers=tuple(redactor.headers(given.headers)),
        body=redactor.content(body) if isinstance(body, bytes) else body and redactor.text(body),
        notes=redactor.texts(given.notes),
        about_origin=redactor.texts(given.about_origin),
        cookies=tuple((name, HIDDEN if value else "") for name, value in given.cookies),
    )


def ask(
    request: Pasted,
    *,
    compares: bool = False,
    engines: Iterable[str] = tuple(ENGINES),
    **options: Any,
) -> Explained:
    """Explain a request by its profile, or as each engine makes it.

    :param compares: whether all engines are asked.
    :param engines: the engines whose console is of interest, if one profile is asked.
    :param options: the fields of :class:`.Question` that a text cannot contain.
    """
    question = Question(
        method=request.method or "GET",
        url=request.url,
        origin=request.origin or "",
        headers=request.headers,
        body=request.body,
        credentials=request.credentials,
        mode=request.mode,
        redirect=request.redirect,
        xhr=request.xhr,
        cookies=dict(request.cookies),
        is_guessed=request.is_guessed,
        is_typed=request.is_typed,
        **options,
    )
    profile = request.profile or "fetch"
    explanations = judge_all(question) if compares else {profile: judge(question, profile, engines)}
    request = use_named_methods(request, explanations.values())
    before = (*request.about_origin, *request.notes)
    app = options.get("servers")
    noted = {
        name: replace(
            one,
            notes=(
                *before,
                *one.notes,
                *describe_message(request, one),
                *_describe_body(request, one, app),
            ),
        )
        for name, one in explanations.items()
    }
    return Explained(request, noted)


def _describe_body(request: Pasted, explanation: Explanation, app: object) -> Iterator[str]:
    """Say that a message does not show the body, if the server may have refused to go without."""
    if not request.is_message or request.body is not None:
        return
    for last in explanation.exchanges[-1:]:
        status = last.response.status
        can_have_body = last.kind == "request" and last.method not in {"GET", "HEAD"}
        if can_have_body and status in OF_BODIES and not explain_host(last, app):
            yield NO_BODY.format(status)


def ask_blocked(request: Pasted, asked: Callable[..., Explained]) -> Explained:
    """Explain a request that a browser has blocked, according to the message in its console.

    If the request is allowed, ``asked`` is also called for what the message leaves open: a request
    with a preflight, with another method, and with credentials. If these are allowed too, a note is
    added. Only preflights of other methods are sent. If the response to a guessed method has
    another status than the message, or is a 405, the verdict is ``"unknown"``.

    :param asked: explains a request, as :func:`ask` does; takes ``preflight_only`` too.
    """
    # A message that names its cause would show the credentials if they were the cause.
    first = asked(replace(request, credentials=request.credentials or "same-origin"))
    if request.had_preflight and first.ends_with_preflight and not first.differs:
        return first.add(DOUBT_PREFLIGHT)
    if first.verdicts != {"allowed"} or request.meaning:
        return first
    known = first.request
    if not known.preflight and (other := with_preflight(known, MAYBE_PREFLIGHT)) != known:
        again = asked(other, preflight_only=True)
        if "blocked" in again.verdicts and not again.differs:
            return again
    for method in known.others:
        notes = (*known.notes, MAYBE_METHOD.format(known.method, method))
        again = asked(replace(known, method=method, notes=notes), preflight_only=True)
        if "blocked" in again.verdicts and not again.differs:
            return again
    if request.credentials is None and request.is_vague:
        notes = (*known.notes, MAYBE_CREDENTIALS)
        again = asked(replace(known, credentials="include", notes=notes))
        if "blocked" in again.verdicts and not again.differs:
            return again
    explanations = first.explanations.values()
    if any(contradicts_guess(known, one) for one in explanations):
        status = known.received and known.received.status
        why = f"the message has the status {status} and names no method, and this {known.method}"
        return first.map(lambda one: _doubt_guess(known, one, f"{why} is only a guess"))
    if known.others and any(map(is_refused, explanations)):
        why = f"the message names no method, this {known.method} is only a guess"
        return first.map(
            lambda one: _doubt_guess(known, one, f"{why}, and the server answered 405")
        )
    return first if first.differs else first.add(DOUBT)


def _doubt_guess(request: Pasted, allowed: Explanation, why: str) -> Explanation:
    """Return what is known if only a request with a guessed method was allowed."""
    unknown = f"Unknown: {why}. {how_to_repeat(request.others[0])}"
    return replace(allowed, verdict="unknown", steps=(*allowed.steps[:-1], unknown), response=None)
