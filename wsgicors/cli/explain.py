"""``wsgicors explain``: make one request as a browser would, and explain the result."""

import re
import sys
import traceback
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from threading import Timer
from typing import TYPE_CHECKING, cast

import click

from .._core.headers import is_token, unquote, visible
from ..explaining import CannotAsk, explain_all, redact
from ..explaining import explain as explain_request
from ..explaining.cookies import split as split_cookies
from ..explaining.narrative import join
from ..explaining.pasted import Pasted, Unreadable
from ..explaining.pasted.curl import read_curl
from ..explaining.pasted.fetch import read_fetch
from ..explaining.redaction import hide
from ..testing.profiles import PROFILES
from ..testing.transports import TIMEOUT
from .explanations import show, show_all, to_json
from .loading import load_app
from .streams import json_text, visible_lines, write

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

READERS: dict[str, Callable[[str], Pasted]] = {"--curl": read_curl, "--fetch": read_fetch}
"""What reads the text of each option that stands for a request."""

LONGEST = 1_048_576
"""The most bytes that are read of a text."""

CREDENTIALS = {True: "include", False: "same-origin"}

MODES = ["cors", "no-cors", "same-origin"]
ALL = "all"
"""Stands for every engine, in place of a profile."""

PATIENCE = 2.0
"""Seconds without a result after which the command says what it waits for."""

STATUSES = {"allowed": 0, "blocked": 1, "failed": 1, "unknown": 3}
"""The exit status of each verdict."""

SERIOUS = (0, 3, 1)
"""Exit statuses of several explanations: the last one of these counts."""


@click.command()
@click.argument("target", nargs=-1, metavar="[METHOD] URL")
@click.option(
    "--origin",
    help="Origin of the page, for example https://app.example; required if no text names it.",
)
@click.option(
    "--curl", metavar="TEXT", help="Request from 'Copy as cURL', in place of URL; - reads stdin."
)
@click.option(
    "--fetch", metavar="TEXT", help="Request from 'Copy as fetch', in place of URL; - reads stdin."
)
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
    help="Time limit for live servers: all requests together.",
)
@click.option("--mode", type=click.Choice(MODES), show_default="cors")
@click.option(
    "--app",
    metavar="MODULE:APP",
    help="WSGI app to call instead of a live server, or what makes it.",
)
@click.option(
    "--profile",
    type=click.Choice([*PROFILES, ALL]),
    show_default="fetch",
    help="Follow the Fetch standard, or an engine where it differs; or compare all engines.",
)
@click.option("--show-secrets", is_flag=True, help="Print passwords, tokens and cookies too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def explain(
    target: tuple[str, ...],
    origin: str | None,
    curl: str | None,
    fetch: str | None,
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

    METHOD is GET unless given. An app (--app) gets the request itself, if its preflight succeeds.
    A live server gets it if the method is GET, HEAD or OPTIONS, or with --send.

    Exit status: 0 if the page may read the response, 1 if it is blocked or fails, 2 if the command
    was used incorrectly or the app raised an exception, 3 if the response was not seen.
    """
    request = _read_request(target, {"--curl": curl, "--fetch": fetch})
    origin = origin or request.origin
    if origin is None:
        raise click.UsageError(
            "Missing option '--origin'; add that of the page: --origin https://app.example"
        )
    given = [_split(line) for line in lines]
    replaced = {name.lower() for name, _ in given}
    headers = [*(line for line in request.headers if line[0].lower() not in replaced), *given]
    url = request.url
    profile = profile or request.profile or "fetch"
    loaded = None if app is None else cast("WSGIApplication", load_app(app))
    ask = partial(
        explain_all if profile == ALL else partial(explain_request, profile=profile),
        request.method or "GET",
        url,
        origin=origin,
        servers=loaded,
        headers=headers,
        body=request.body if data is None else data,
        credentials=request.credentials if credentials is None else CREDENTIALS[credentials],
        mode=mode or request.mode,
        redirect=request.redirect,
        xhr=xhr or request.xhr,
        send=send,
        preflight_only=preflight_only,
        cookies={**dict(request.cookies), **_split_cookies(cookies)},
        timeout=timeout,
    )
    waiting = f"waiting for {url if show_secrets else hide(url)} (up to {timeout:g} s)"
    try:
        with _announcing(waiting) if loaded is None else nullcontext():
            result = ask()
    except CannotAsk as error:
        raise click.UsageError(str(error)) from error
    except (Exception, SystemExit):  # of the app; a server would log it
        click.echo(visible_lines(traceback.format_exc()), err=True)
        sys.exit(2)
    explanations = {
        name: replace(one, notes=(*request.notes, *one.notes))
        for name, one in (result if isinstance(result, dict) else {profile: result}).items()
    }
    if not show_secrets:
        explanations = {name: redact(one, headers) for name, one in explanations.items()}
    if as_json:
        documents = {name: to_json(one) for name, one in explanations.items()}
        document = {"profiles": documents} if profile == ALL else documents[profile]
        write(json_text(document) + "\n")
    elif profile == ALL:
        show_all(explanations)
    else:
        show(explanations[profile])
    sys.exit(max((STATUSES[one.verdict] for one in explanations.values()), key=SERIOUS.index))


@contextmanager
def _announcing(text: str) -> Generator[None]:
    """Print a text to the standard error if there is no result after :data:`PATIENCE`."""
    timer = Timer(PATIENCE, click.echo, [visible(text)], {"err": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read_request(target: tuple[str, ...], texts: Mapping[str, str | None]) -> Pasted:
    """Return the request of the arguments, or of the text of an option."""
    given = [(option, text) for option, text in texts.items() if text is not None]
    if not given:
        method, url = _split_target(target)
        return Pasted(url, method, credentials="same-origin")
    if target or given[1:]:
        others = [*(["URL"] if target else []), *(option for option, _ in given)]
        raise click.UsageError(f"{join(others)} cannot be combined; use one of them")
    option, text = given[0]
    try:
        return READERS[option](_read_stdin(option) if text == "-" else text)
    except Unreadable as error:
        raise click.UsageError(f"{option}: {error}") from error


def _read_stdin(option: str) -> str:
    with click.open_file("-", "rb") as stream:
        data: bytes = stream.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise click.UsageError(f"{option}: standard input has more than {LONGEST} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{option}: standard input is not UTF-8") from error


def _split_target(target: tuple[str, ...]) -> tuple[str, str]:
    """Return the method and the URL."""
    if len(target) not in (1, 2):
        raise click.UsageError(
            f"expected [METHOD] URL, got {len(target)} arguments; use the form "
            "PUT https://api.example/items"
        )
    method, url = ("GET", *target)[-2:]
    return method, url


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
