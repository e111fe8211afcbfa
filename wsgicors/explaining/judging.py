"""Sends a request as browsers would, and explains what became of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ..testing import CORSBlocked, Exchange, NetworkError
from ..testing.profiles import ENGINES
from ..testing.replay import Answer, read_consoles
from ..testing.transports import make_environ
from ..testing.urls import URL
from . import changes, narrative
from .changes import failures, redirects
from .cookies import describe as describe_cookies
from .evidence.hosts import explain_host
from .explanation import Explanation, Verdict
from .mixed import MixedContent, describe_mixed, is_mixed
from .questions import NotSent, Prepared, Question
from .words import sentence_of

UNKNOWN_CREDENTIALS = (
    "It is not known whether the page sends credentials; with credentials the result"
)
"""The beginning of a note on how a request ends with credentials."""

SAME = "is the same."
"""The end of that note if they make no difference."""


def judge(question: Question, profile: str, engines: Iterable[str] = tuple(ENGINES)) -> Explanation:
    """Explain what a browser with a profile does with a request.

    :param engines: the engines whose console is of interest.
    :raises CannotAsk: if no browser would make the request.
    """
    return _judge(question, profile, [], engines)


def judge_all(question: Question) -> dict[str, Explanation]:
    """Explain what each engine does with a request; what several of them send is sent once.

    :raises CannotAsk: if no browser would make the request.
    """
    answers: list[Answer] = []
    explanations = {engine: _judge(question, engine, answers, [engine]) for engine in ENGINES}
    console = {engine: explanations[engine].console[engine] for engine in ENGINES}
    return {engine: replace(one, console=console) for engine, one in explanations.items()}


def _judge(
    question: Question, profile: str, answers: list[Answer], engines: Iterable[str]
) -> Explanation:
    """Explain a request; if its credentials mode is not known, also try it with credentials.

    The result is the one without credentials, which is the default of pages. A note says how the
    request with credentials ends.
    """
    with_credentials = replace(question, credentials="include")
    if question.credentials is not None or question.cookies:
        known = question if question.credentials is not None else with_credentials
        return _ask(known, profile, answers, engines)
    without = _ask(question, profile, answers, engines)
    including = _ask(with_credentials, profile, answers, engines)
    end = SAME
    if _outcome(without) != _outcome(including):
        end = f"is: {_end(including)} If you know it, add --credentials or --no-credentials."
    note = f"{UNKNOWN_CREDENTIALS} {end}"
    return replace(without, notes=(*without.notes, note))


def _outcome(explanation: Explanation) -> tuple[object, ...]:
    """Return what has to be the same in two explanations for one to be enough."""
    response = explanation.response
    readable = response and (response.type, response.status, sorted(response.headers))
    return explanation.verdict, explanation.step, explanation.change, readable


def _end(explanation: Explanation) -> str:
    """Return how an explanation ends, and what to change."""
    change = explanation.change
    return f"{explanation.steps[-1]} {change.sentence if change else ''}".rstrip()


def _ask(
    question: Question, profile: str, answers: list[Answer], engines: Iterable[str]
) -> Explanation:
    """Send a request, and explain what a browser with a profile does.

    :param answers: what is not to be sent again; the answers to what is sent are added.
    :param engines: the engines whose console is of interest.
    """
    prepared = question.prepare(profile, answers)
    is_recorded = question.recorded is not None
    was_sent = question.recorded is not None and question.recorded.is_answered
    try:
        explanation = _explain(question, prepared, engines)
        if is_mixed(question.origin, prepared.request.urls[0]) and not was_sent:
            explanation = _as_mixed(explanation, prepared.request.urls[0], is_recorded)
        about_cookies = describe_cookies(
            prepared.request, explanation.exchanges, is_recorded=is_recorded
        )
        notes = (*_describe_host(explanation, prepared), *explanation.notes, *about_cookies)
        return replace(explanation, notes=notes)
    finally:
        answers += prepared.memory.sent


def _describe_host(explanation: Explanation, prepared: Prepared) -> Iterator[str]:
    """Say that the last response refuses the host of the URL, if it does."""
    for last in explanation.exchanges[-1:]:
        if note := explain_host(last, prepared.apps.get(last.url.origin)):
            yield note


def _as_mixed(explanation: Explanation, url: URL, is_recorded: bool) -> Explanation:
    """Return what becomes of a request for mixed content, which browsers do not send.

    If CORS blocks it too, that is the verdict: the page has to change its URL, and what CORS lacks
    is in the same change.

    :param is_recorded: whether a response that was not seen is one that the browser did not get.
    """
    mixed, about = failures.avoid_mixed_content(url), describe_mixed(url)
    if explanation.verdict == "allowed" or (is_recorded and explanation.verdict == "unknown"):
        return replace(
            explanation,
            verdict="failed",
            steps=(*explanation.steps[:-1], f"Failed: {about}."),
            response=None,
            change=mixed,
            console=_unknown_words(explanation.console),
        )
    change = explanation.change
    if explanation.verdict == "blocked" and change is not None and change.side != "page":
        change = replace(change, side="page", sentence=f"{mixed.sentence} {change.sentence}")
    return replace(explanation, change=change, notes=(sentence_of(about), *explanation.notes))


def _unknown_words(console: Mapping[str, object]) -> dict[str, str | None]:
    """Return no words for each engine: they name the page's URL, and its path is not known."""
    return dict.fromkeys(console, "")


def _explain(question: Question, prepared: Prepared, engines: Iterable[str]) -> Explanation:
    page, request = prepared.page, prepared.request
    begun = [*narrative.describe_request(request, question.headers)]

    def conclude(verdict: Verdict, *end: str, error: NetworkError | None = None) -> Explanation:
        exchanges = tuple(page.log)
        steps = (*begun, *narrative.describe_exchanges(page.log, verdict), *end)
        console = read_consoles(page.client, request, exchanges, error, engines)
        notes = (
            *narrative.find_notes(request),
            *redirects.find_notes(request, verdict, page.log, prepared.apps),
        )
        return Explanation(verdict, steps, exchanges, notes, console=console)

    try:
        response = page.send(request)
    except NotSent as error:
        unseen = "Unknown: nothing forbids the request so far, but the response was not seen."
        unknown = conclude("unknown", unseen)
        note = str(error) if str(error).endswith("…") else f"{error}."
        return replace(unknown, notes=(note, *unknown.notes))
    except MixedContent as error:
        failed = conclude("failed", f"Failed: {error}.")
        change = failures.change_of_mixed_redirect(request, prepared.apps, page.log)
        return replace(failed, change=change, console=_unknown_words(failed.console))
    except CORSBlocked as error:
        blocked = conclude("blocked", f"Blocked by the {error.step}.", error=error)
        found = changes.find_change(request, error, prepared.apps, prepared.trace)
        others = changes.name_other_methods(request, found) if question.is_typed else ()
        return replace(
            blocked,
            step=error.step,
            reason=changes.reason_for(request, error),
            received=error.received,
            needed=error.needed,
            change=found.fix,
            notes=(*others, *found.notes, *blocked.notes),
        )
    except NetworkError as error:
        failed = conclude("failed", narrative.describe_failure(error), error=error)
        notes = (*failed.notes, *_about_time(error, question))
        cure = failures.change_of_failure(request, error, prepared.apps, page.log)
        return replace(failed, change=cure, notes=notes)
    end = narrative.describe_response(response, page.log)
    allowed = conclude("allowed", *end)
    losses = _describe_losses(page.log, prepared)
    notes = (*allowed.notes, *filter(None, [response.cut]), *losses)
    return replace(allowed, response=response, notes=notes)


def _describe_losses(log: Iterable[Exchange], prepared: Prepared) -> Iterable[str]:
    """Say what the trial of a policy would take from the page."""
    mode = prepared.request.with_credentials
    environs = (make_environ(one.method, one.url, one.request_headers, None) for one in log)
    losses = (prepared.trace.find_loss(one, with_credentials=mode) for one in environs)
    return dict.fromkeys(
        f"The trial of the policy would {loss} [{loss.reason}]." for loss in losses if loss
    )


def _about_time(error: NetworkError, question: Question) -> Iterator[str]:
    """Say how long was waited, if a live server was too slow."""
    if isinstance(error.__cause__, TimeoutError) and question.recorded is None:
        limit = f"The time limit is {question.timeout:g} s"
        yield f"{limit}; use --timeout (in Python timeout=) to wait longer."
