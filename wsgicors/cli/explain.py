"""``wsgicors explain``: make one request as a browser would, and explain the result."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..explaining import CannotAsk, Explanation, explain_all, visible
from ..explaining import explain as explain_request
from ..explaining.narrative import join
from ..explaining.pasted import Pasted, Unreadable
from ..explaining.pasted.curl import read_curl
from ..explaining.pasted.fetch import read_fetch
from ..testing import Exchange
from ..testing.profiles import ENGINES, PROFILES
from .loading import load_app

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

COLOURS = {"allowed": "green", "blocked": "red", "failed": "yellow", "unknown": "yellow"}

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
    help="Whether the page sends credentials: 'include' (no cookies are sent).",
)
@click.option("--send", is_flag=True, help="Send live servers requests that may change something.")
@click.option("--preflight-only", is_flag=True, help="Send only preflights.")
@click.option("--xhr", is_flag=True, help="Use XMLHttpRequest instead of fetch().")
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def explain(
    target: tuple[str, ...],
    origin: str | None,
    curl: str | None,
    fetch: str | None,
    lines: tuple[str, ...],
    data: str | None,
    credentials: bool | None,
    send: bool,
    preflight_only: bool,
    xhr: bool,
    mode: str | None,
    app: str | None,
    profile: str | None,
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
    headers = [*map(_split, lines)]
    added = {name.lower() for name, _ in headers}
    profile = profile or request.profile or "fetch"
    loaded = None if app is None else cast("WSGIApplication", load_app(app))
    ask = partial(
        explain_all if profile == ALL else partial(explain_request, profile=profile),
        request.method or "GET",
        request.url,
        origin=origin,
        servers=loaded,
        headers=[*(line for line in request.headers if line[0].lower() not in added), *headers],
        body=request.body if data is None else data,
        credentials=request.credentials if credentials is None else CREDENTIALS[credentials],
        mode=mode or request.mode,
        redirect=request.redirect,
        xhr=xhr or request.xhr,
        send=send,
        preflight_only=preflight_only,
    )
    try:
        result = ask()
    except CannotAsk as error:
        raise click.UsageError(str(error)) from error
    except (Exception, SystemExit):  # of the app; a server would log it
        click.echo(traceback.format_exc(), err=True)
        sys.exit(2)
    explanations = {
        name: replace(one, notes=(*request.notes, *one.notes))
        for name, one in (result if isinstance(result, dict) else {profile: result}).items()
    }
    if as_json:
        documents = {name: to_json(one) for name, one in explanations.items()}
        document = {"profiles": documents} if profile == ALL else documents[profile]
        click.echo(json.dumps(document, indent=2, default=repr))
    elif profile == ALL:
        show_all(explanations)
    else:
        show(explanations[profile])
    sys.exit(max((STATUSES[one.verdict] for one in explanations.values()), key=SERIOUS.index))


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
    name, colon, value = line.partition(":")
    if not colon:
        raise click.BadParameter(f"{line!r} is not a header; use the form 'X-Request-Id: 1'")
    return name, value


def show(explanation: Explanation) -> None:
    """Print an explanation for people: the steps, and a table of what is wrong."""
    console = Console(highlight=False, soft_wrap=True)
    for number, step in enumerate(explanation.steps, 1):
        last = number == len(explanation.steps)
        style = COLOURS[explanation.verdict] if last else ""
        console.print(Text(visible(f"{number}. {step}"), style))
    if not explanation.rows:
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for label, text in explanation.rows:
        table.add_row(label, Text(visible(text)))
    console.print()
    console.print(table, soft_wrap=False)


def show_all(explanations: Mapping[str, Explanation]) -> None:
    """Print one explanation for all engines that agree on everything that is printed."""
    agreeing: dict[str, list[str]] = {}
    for engine, explanation in explanations.items():
        agreeing.setdefault(str(explanation), []).append(engine)
    for number, engines in enumerate(agreeing.values()):
        names = join([ENGINES[engine] for engine in engines])
        click.echo(f"\n{names}\n" if number else f"{names}\n")
        show(explanations[engines[0]])


def to_json(explanation: Explanation) -> Mapping[str, Any]:
    """Return an explanation for programs."""
    document: dict[str, Any] = {
        "verdict": explanation.verdict,
        "steps": explanation.steps,
        "exchanges": [_exchange_to_json(exchange) for exchange in explanation.exchanges],
    }
    document["notes"] = explanation.notes
    if explanation.response is not None:
        response = explanation.response
        document["response"] = {
            "type": response.type,
            "status": response.status,
            "headers": dict(response.headers),
        }
    if explanation.change is None:
        document["console"] = explanation.console
    else:
        change = explanation.change
        document["blocked"] = {
            "step": explanation.step,
            "reason": explanation.reason,
            "console": explanation.console,
            "received": explanation.received,
            "needed": explanation.needed,
        }
        document["change"] = {
            "side": change.side,
            "sentence": change.sentence,
            "settings": change.settings,
            "headers": change.headers,
            "status": change.status,
            "view": change.view,
            "file": change.file,
            "line": change.line,
        }
    return document


def _exchange_to_json(exchange: Exchange) -> Mapping[str, Any]:
    return {
        "kind": exchange.kind,
        "method": exchange.method,
        "url": str(exchange.url),
        "request_headers": exchange.request_headers,
        "status": exchange.response.status,
        "response_headers": exchange.response.headers,
    }
