"""Reads what users paste on the command line or on standard input, and explains it."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ..explaining import Explanation, explain, explain_all
from ..explaining.pasted import Pasted, Unreadable
from ..explaining.pasted.completing import DOUBT, MAYBE_PREFLIGHT, with_preflight
from ..explaining.pasted.console import read_console
from ..explaining.pasted.curl import read_curl
from ..explaining.pasted.fetch import read_fetch
from ..explaining.pasted.received import describe_message, find_difference

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

Line = tuple[str, str]
"""The name of a header, and its value."""

READERS: Mapping[str, Callable[[str], list[Pasted]]] = {
    # A message proves credentials, or doubt() looks for another request.
    "--console": lambda text: [
        replace(one, credentials=one.credentials or "same-origin") for one in read_console(text)
    ],
    "--curl": lambda text: [read_curl(text)],
    "--fetch": lambda text: [read_fetch(text)],
}
"""What reads the text of each option."""

MAX_BYTES = 400_000
"""The most that is read of standard input."""


def read_requests(target: tuple[str, ...], texts: Mapping[str, str | None]) -> list[Pasted]:
    """Return the requests to explain: one that is named, or those of a text.

    :param target: METHOD and URL, or perhaps METHOD for a text.
    :param texts: the text of each option.
    """
    given = {option: text for option, text in texts.items() if text is not None}
    if not given:
        if len(target) not in (1, 2):
            raise click.UsageError(
                f"expected [METHOD] URL, got {len(target)} arguments; use the form "
                "PUT https://api.example/items"
            )
        method, url = ("GET", *target)[-2:]
        return [Pasted(url, method, credentials="same-origin")]
    if len(given) > 1:
        raise click.UsageError(f"expected one of {' and '.join(given)}; use one of them")
    ((option, text),) = given.items()
    if target[1:] or any(":" in one or "/" in one for one in target):
        raise click.UsageError(
            f"expected METHOD or nothing beside {option}, got {' '.join(target)!r}; "
            f"use either URL or {option}"
        )
    try:
        read = READERS[option](_read_input() if text == "-" else text)
    except Unreadable as error:
        raise click.UsageError(f"{option}: {error}") from error
    return [replace(one, method=target[0]) for one in read] if target else read


def _read_input() -> str:
    """Return what standard input has."""
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise click.UsageError(
            f"standard input has more than {MAX_BYTES:,} bytes; use a part of the text"
        )
    return content.decode("utf-8", "replace")


def add_headers(read: Sequence[Line], given: Sequence[Line]) -> tuple[Line, ...]:
    """Return the headers of a text without those that users give, and these."""
    names = {name.lower() for name, _ in given}
    return (*(line for line in read if line[0].lower() not in names), *given)


@dataclass(frozen=True, slots=True)
class Explained:
    """A request with its explanations by profile: of one profile, or of all engines."""

    request: Pasted
    explanations: Mapping[str, Explanation]

    @property
    def verdicts(self) -> set[str]:
        """What the explanations conclude."""
        return {one.verdict for one in self.explanations.values()}

    @property
    def differs(self) -> bool:
        """Whether a browser has received something else, according to its message."""
        return any(find_difference(self.request, one) for one in self.explanations.values())


def ask(
    request: Pasted, *, app: "WSGIApplication | None", compares: bool, **options: Any
) -> Explained:
    """Explain a request by its profile, or as each engine makes it.

    :param compares: whether all engines are asked.
    :param options: what else :func:`explain` takes.
    """
    profile = request.profile or "fetch"
    result = (explain_all if compares else partial(explain, profile=profile))(
        request.method or "GET",
        request.url,
        origin=request.origin or "",
        servers=app,
        headers=request.headers,
        body=request.body,
        credentials=request.credentials,
        mode=request.mode,
        redirect=request.redirect,
        xhr=request.xhr,
        cookies=dict(request.cookies),
        **options,
    )
    explanations = result if isinstance(result, dict) else {profile: result}
    return Explained(
        request,
        {
            name: replace(
                one,
                notes=(
                    *request.about_origin,
                    *request.notes,
                    *one.notes,
                    *describe_message(request, one),
                ),
            )
            for name, one in explanations.items()
        },
    )


def doubt(explained: Explained, asked: Callable[..., Explained]) -> Explained:
    """Look for another request if a browser has blocked one that is allowed; else add a note."""
    request, explanations = explained.request, explained.explanations
    if explained.verdicts != {"allowed"}:
        return explained
    is_certain = request.preflight or request.meaning
    other = request if is_certain else with_preflight(request, MAYBE_PREFLIGHT)
    if other != request:
        again = asked(other, preflight_only=True)
        if "blocked" in again.verdicts and not again.differs:
            return again
    if request.meaning or explained.differs:  # a note says so
        return explained
    doubted = {name: replace(one, notes=(*one.notes, DOUBT)) for name, one in explanations.items()}
    return Explained(request, doubted)
