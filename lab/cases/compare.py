"""Try each fact with the other library and with wsgicors."""

import functools
from typing import Any

from lab.cases import django_cors_headers, falcon_middleware, flask_cors, jub0bs_cors
from lab.cases.facts import AT, Case, Fact
from lab.migration.compare import NOTHING, Outcome, attempt, kind
from wsgicors import Policy, PolicyError
from wsgicors.testing import Browser

LIBRARIES = [
    flask_cors.LIBRARY,
    django_cors_headers.LIBRARY,
    falcon_middleware.LIBRARY,
    jub0bs_cors.LIBRARY,
]

DOCUMENTED = {
    "not sent": NOTHING,
    "sent, not readable": Outcome(frozenset({"send"}), "sent, not readable"),
    "rejected": Outcome(frozenset(), "rejected"),
}


@functools.cache
def _made(library: int, case: int, version: str) -> Any:
    """Return the app, or what is said of the settings if they are rejected."""
    chosen = LIBRARIES[library]
    make = chosen.before if version == "before" else chosen.after
    try:
        return make(chosen.cases[case])
    except PolicyError as error:
        codes = sorted({f"`{problem.code}`" for problem in error.problems})
        return f"rejected: {', '.join(codes)}"
    except (TypeError, ValueError):
        return "rejected"


def play(version: str, library: int, case: int, fact: Fact | None) -> Outcome:
    """Let the page do it, in a new browser.

    :param fact: ``None`` for the settings themselves.
    """
    if version == "before" and LIBRARIES[library].before is None:
        return _documented(fact)
    app = _made(library, case, version)
    if isinstance(app, str):
        return Outcome(frozenset(), app)
    if fact is None:
        return _accepted(LIBRARIES[library].cases[case])
    browser = Browser(app, at=AT)
    outcome = attempt(browser, AT, fact)
    return _again(browser, fact, outcome) if fact.again_after else outcome


def _accepted(case: Case) -> Outcome:
    problems = Policy(**case.ours).problems
    codes = [f"`{problem.code}`" for problem in problems if problem.severity == "warning"]
    if codes:
        return Outcome(frozenset({"warning"}), f"accepted, with a warning: {', '.join(codes)}")
    return Outcome(frozenset({"configure"}), "accepted")


def _documented(fact: Fact | None) -> Outcome:
    said = fact.documented if fact else "rejected"
    if said in DOCUMENTED:
        return DOCUMENTED[said]
    status, _, header = said.removeprefix("reads ").partition(" and ")
    powers = {"send", f"read {status}"} | ({f"read {header.strip('`')}"} if header else set())
    return Outcome(frozenset(powers), said)


def _again(browser: Browser, fact: Fact, first: Outcome) -> Outcome:
    browser.advance(fact.again_after)
    attempt(browser, AT, fact)
    asked = any(exchange.kind == "preflight" for exchange in browser.pages[-1].log)
    if asked:
        return Outcome(first.powers, "another preflight")
    return Outcome(first.powers | {"send unasked"}, "no other preflight")


def facts() -> list[tuple[int, int, Case, Fact | None]]:
    """Return all facts, each with the numbers of its library and case."""
    return [
        (number, index, case, fact)
        for number, library in enumerate(LIBRARIES)
        for index, case in enumerate(library.cases)
        for fact in case.facts or [None]
    ]


def change(before: Outcome, after: Outcome) -> str:
    """Return how the outcome has changed."""
    return "warned" if "warning" in after.powers else kind(before, after)


def why(case: Case, fact: Fact | None) -> str:
    """Return the key of the reason why the outcome differs; empty if it does not."""
    return fact.why if fact else case.why
