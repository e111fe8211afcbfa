"""``wsgicors explain``: make one request as a browser would, and explain the result."""

import re
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import Timer
from typing import TYPE_CHECKING, cast

import click

from .._core.headers import is_token, unquote, visible
from ..explaining import CannotAsk, explain_all, redact
from ..explaining import explain as explain_request
from ..explaining.cookies import split as split_cookies
from ..explaining.redaction import hide
from ..testing.profiles import PROFILES
from ..testing.transports import TIMEOUT
from .explanations import show, show_all, to_json
from .loading import load_app
from .streams import json_text, visible_lines, write

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

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
    "--origin", required=True, help="Origin of the page, for example https://app.example."
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
    "--credentials",
    is_flag=True,
    help="Send the request with credentials: 'include'; for cookies, add --cookie.",
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
@click.option("--mode", type=click.Choice(MODES), default="cors", show_default=True)
@click.option(
    "--app",
    metavar="MODULE:APP",
    help="WSGI app to call instead of a live server, or what makes it.",
)
@click.option(
    "--profile",
    type=click.Choice([*PROFILES, ALL]),
    default="fetch",
    show_default=True,
    help="Follow the Fetch standard, or an engine where it differs; or compare all engines.",
)
@click.option("--show-secrets", is_flag=True, help="Print passwords, tokens and cookies too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def explain(
    target: tuple[str, ...],
    origin: str,
    lines: tuple[str, ...],
    data: str | None,
    credentials: bool,
    cookies: tuple[str, ...],
    send: bool,
    preflight_only: bool,
    xhr: bool,
    timeout: float,
    mode: str,
    app: str | None,
    profile: str,
    show_secrets: bool,
    as_json: bool,
) -> None:
    """Make a request as a browser would; explain why it is blocked and what to change.

    METHOD is GET unless given. An app (--app) gets the request itself, if its preflight succeeds.
    A live server gets it if the method is GET, HEAD or OPTIONS, or with --send.

    Exit status: 0 if the page may read the response, 1 if it is blocked or fails, 2 if the command
    was used incorrectly or the app raised an exception, 3 if the response was not seen.
    """
    headers = [_split(line) for line in lines]
    loaded = None if app is None else cast("WSGIApplication", load_app(app))
    method, url = _split_target(target)
    ask = partial(
        explain_all if profile == ALL else partial(explain_request, profile=profile),
        method,
        url,
        origin=origin,
        servers=loaded,
        headers=headers,
        body=data,
        credentials="include" if credentials else "same-origin",
        mode=mode,
        xhr=xhr,
        send=send,
        preflight_only=preflight_only,
        cookies=_split_cookies(cookies),
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
    explanations = result if isinstance(result, dict) else {profile: result}
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
