"""``wsgicors explain``: make one request as a browser would, and explain the result."""

import re
import sys
import traceback
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

import click
from click.core import ParameterSource

from .._core.headers import is_token, unquote, visible
from .._wrappers import look_through, with_cors
from ..explaining import CannotAsk
from ..explaining.cookies import split as split_cookies
from ..explaining.copied import Explained, ask, ask_blocked
from ..explaining.explanation import SERIOUS, Verdict
from ..explaining.pasted import MODES, Pasted
from ..explaining.pasted.completing import complete
from ..explaining.recorded.judging import Judge
from ..explaining.redaction import hide
from ..explaining.slips import check_origin
from ..routing import RouterResolver
from ..testing.profiles import PROFILES
from ..testing.transports import TIMEOUT
from .explanations import show, show_all, to_json
from .loading import load_app
from .pasted import override, read_requests
from .recorded import find_worst, read_file, show_list
from .streams import json_text, visible_lines, write

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

CREDENTIALS = {True: "include", False: "same-origin", None: None}
"""The mode of each option; without one, the text may have it."""

ALL = "all"
"""Stands for every engine, in place of a profile."""

WITH_HAR = (
    *("--har", "--entry", "--app", "--origin", "--credentials", "--profile", "--json"),
    "--show-secrets",
)
"""The options that can be combined with --har."""

PATIENCE = 2.0
"""Seconds without a result after which the command says what it waits for."""

STATUSES = {"allowed": 0, "blocked": 1, "failed": 1, "unknown": 3}
"""The exit status of each verdict."""


@click.command()
@click.argument("target", nargs=-1, metavar="[METHOD] URL")
@click.option(
    "--console",
    metavar="TEXT",
    help="Instead of URL: messages of a browser's console; - reads standard input.",
)
@click.option(
    "--curl", metavar="TEXT", help="Instead of URL: 'Copy as cURL'; - reads standard input."
)
@click.option(
    "--fetch", metavar="TEXT", help="Instead of URL: 'Copy as fetch'; - reads standard input."
)
@click.option(
    "--har",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Instead of URL: a HAR file, from which requests are judged; nothing is sent.",
)
@click.option("--entry", type=int, metavar="N", help="Explain entry N of the HAR file.")
@click.option("--origin", help="Origin of the page, for example https://app.example.")
@click.option(
    "--header",
    "-H",
    "lines",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Request header set by the page; may be repeated.",
)
@click.option("--data", "-d", help="Body of the request.")
@click.option(
    "--credentials/--no-credentials",
    default=None,
    help="Whether the page sends credentials: 'include'; for cookies, add --cookie.",
)
@click.option(
    "--cookie",
    "cookies",
    multiple=True,
    metavar="'NAME=VALUE'",
    help="Cookie that the browser has for the URL's host; may be repeated.",
)
@click.option("--send", is_flag=True, help="Send live servers requests that may change something.")
@click.option("--preflight-only", is_flag=True, help="Send only preflights.")
@click.option("--xhr", is_flag=True, help="Use XMLHttpRequest instead of fetch().")
@click.option(
    "--timeout",
    type=float,
    default=TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="Time limit for live servers: all requests of the command together.",
)
@click.option("--mode", type=click.Choice(MODES), help="Mode of the request.  [default: cors]")
@click.option(
    "--app",
    metavar="MODULE:APP",
    help="WSGI app to call instead of a live server, or what makes it.",
)
@click.option(
    "--profile",
    type=click.Choice([*PROFILES, ALL]),
    help="Follow the Fetch standard, or an engine where it differs; or compare all engines.  "
    "[default: fetch, or the engine of the message]",
)
@click.option("--show-secrets", is_flag=True, help="Print passwords, tokens and cookies too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def explain(
    target: tuple[str, ...],
    console: str | None,
    curl: str | None,
    fetch: str | None,
    har: str | None,
    entry: int | None,
    origin: str | None,
    lines: tuple[str, ...],
    data: str | None,
    credentials: bool | None,
    cookies: tuple[str, ...],
    send: bool,
    preflight_only: bool,
    xhr: bool,
    timeout: float,
    mode: str | None,
    app: str | None,
    profile: str | None,
    show_secrets: bool,
    as_json: bool,
) -> None:
    """Make a request as a browser would; explain why it is blocked and what to change.

    METHOD is GET unless you give it or the text names it. An app (--app) gets the request
    itself, if its preflight succeeds. A live server gets it if the method is GET, HEAD or OPTIONS,
    or with --send.

    Exit status: 0 if the page may read the response, 1 if it is blocked or fails, 2 if the command
    was used incorrectly or the app raised an exception, 3 if the response was not seen.
    """
    servers = None if app is None else cast("WSGIApplication", load_app(app))
    _check_policies(servers)
    if har is not None or entry is not None:
        engine = None if profile == ALL else profile
        judge = Judge(servers, origin or None, CREDENTIALS[credentials], engine, profile == ALL)
        sys.exit(_explain_har(har, entry, judge, show_secrets, as_json))
    given = partial(
        override,
        headers=[_split(line) for line in lines],
        cookies=_split_cookies(cookies),
        xhr=xhr,
        origin=origin or None,
        body=data,
        credentials=CREDENTIALS[credentials],
        mode=mode,
        profile=None if profile == ALL else profile,
    )
    texts = {"--console": console, "--curl": curl, "--fetch": fetch}
    requests = [*map(given, read_requests(target, texts))]
    _check_origins(requests, is_text=any(text is not None for text in texts.values()))
    asked = partial(
        ask,
        servers=servers,
        compares=profile == ALL,
        send=send,
        preflight_only=preflight_only,
        timeout=timeout,
        started=monotonic(),
    )
    asked = asked if console is None else partial(ask_blocked, asked=asked)
    announcing = _announcing if servers is None else nullcontext
    explained: list[Explained] = []
    with _reporting():
        for one in requests:
            url = one.url if show_secrets else hide(one.url)
            with announcing(f"{url} (up to {timeout:g} s)"):
                explained.append(asked(complete(one, servers)))
    _show(explained if show_secrets else [one.redact() for one in explained], as_json)
    sys.exit(STATUSES[_worst(explained)])


def _check_policies(app: object) -> None:
    """Report policies of an app that cannot work, as the audit does."""
    for one in with_cors(look_through(app)):
        if isinstance(one.resolver, RouterResolver):
            try:
                one.resolver.read_registry()
            except Exception as error:  # the app would raise it for each request
                raise click.UsageError(visible_lines(str(error) or repr(error))) from error


def _explain_har(
    har: str | None, entry: int | None, judge: Judge, show_secrets: bool, as_json: bool
) -> int:
    """Print what became of recorded requests, or of one of them; return the exit status."""
    if har is None:
        raise click.UsageError("--entry is the number of an entry of --har; use --har FILE")
    context = click.get_current_context()
    given = [
        option.opts[0] if isinstance(option, click.Option) else "URL"
        for option in context.command.params
        if context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
    ]
    if wrong := [name for name in given if name not in WITH_HAR]:
        raise click.UsageError(
            f"{' and '.join(wrong)} cannot be combined with --har, which has what was sent; use "
            f"only {', '.join(WITH_HAR)}"
        )
    if judge.origin is not None:
        with _reporting():
            check_origin(judge.origin)
    recording = read_file(har)
    if entry is None:
        with _reporting(), _announcing(f"the verdicts on {len(recording.entries):,} entries"):
            judged = judge.judge_all(recording)
            rows = [one.summarise(show_secrets=show_secrets) for one in judged]
        show_list(rows, as_json)
        return STATUSES[find_worst(rows)]
    with _reporting():
        explained = judge.judge_entry(recording, entry)
    _show([explained if show_secrets else explained.redact()], as_json)
    return STATUSES[_worst([explained])]


def _check_origins(requests: Iterable[Pasted], is_text: bool) -> None:
    """Check that each request has an origin.

    :param is_text: whether the requests are from a text.
    """
    if not all(one.origin for one in requests):
        reason = ": the text does not name the page's origin" if is_text else ""
        raise click.UsageError(
            f"Missing option '--origin'{reason}; use --origin https://app.example"
        )


@contextmanager
def _reporting() -> Generator[None]:
    """Report a request that cannot be made as misuse, and an exception of the app as it is."""
    try:
        yield
    except CannotAsk as error:
        raise click.UsageError(str(error)) from error
    except (Exception, SystemExit):  # of the app; a server would log it
        click.echo(visible_lines(traceback.format_exc()), err=True)
        sys.exit(2)


@contextmanager
def _announcing(what: str) -> Generator[None]:
    """Say on the standard error what is waited for after :data:`PATIENCE` without a result."""
    timer = Timer(PATIENCE, click.echo, [visible(f"waiting for {what}")], {"err": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _worst(explained: Sequence[Explained]) -> Verdict:
    """Return the most serious verdict."""
    found = {verdict for one in explained for verdict in one.verdicts}
    return next(one for one in reversed(SERIOUS) if one in found)


def _show(explained: Sequence[Explained], as_json: bool) -> None:
    """Print the explanations as JSON, or for people."""
    if as_json:
        write(json_text(_to_document(explained)) + "\n")
    else:
        _show_requests(explained)


def _to_document(explained: Sequence[Explained]) -> Mapping[str, Any]:
    """Return the explanations of one request or of several, for programs."""
    documents: list[Mapping[str, Any]] = []
    for each in explained:
        by_profile = {name: to_json(one) for name, one in each.explanations.items()}
        is_compared = len(by_profile) > 1
        documents.append({"profiles": by_profile} if is_compared else by_profile.popitem()[1])
    if len(explained) == 1:
        return documents[0]
    entries = [
        {"method": each.request.method, "url": each.request.url, **document}
        for each, document in zip(explained, documents, strict=True)
    ]
    return {"verdict": _worst(explained), "entries": entries}


def _show_requests(explained: Sequence[Explained]) -> None:
    """Print the explanations of one request, or of several below headings."""
    for number, each in enumerate(explained):
        request, explanations = each.request, each.explanations
        if len(explained) > 1:
            heading = visible(f"{request.method} {request.url}")
            write(f"\n{heading}\n\n" if number else f"{heading}\n\n")
        if len(explanations) > 1:
            show_all(explanations)
        else:
            show(*explanations.values())


def _split(line: str) -> tuple[str, str]:
    """Return the name and the value of a header."""
    is_quoted = line != "" and not unquote(line[0])
    name, colon, value = line.partition(":")
    if colon and not is_quoted:
        return name, value
    name, _, value = re.sub(r"[:=\s]+", ":", unquote(line), count=1).partition(":")
    shown = f"{name} …" if value else line
    use = f"'{name}: {value}'" if value and is_token(name) else "the form 'X-Request-Id: 1'"
    raise click.BadParameter(f"{shown!r} is not a header; use {use}")


def _split_cookies(given: tuple[str, ...]) -> dict[str, str]:
    """Return cookies by their names."""
    try:
        return split_cookies(";".join(given))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
