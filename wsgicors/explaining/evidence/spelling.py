"""What is nearly right in CORS headers that were written by hand."""

import difflib
import re
from collections.abc import Iterable, Iterator

from ..._core.headers import (
    CORS_RESPONSE_HEADERS,
    POLICY_ONLY_HEADERS,
    Header,
    quote,
    split_list,
)
from ..._core.origins import Origin
from ..._core.suggestions import suggest
from ...testing import checks
from ...testing.requests import Request
from ...testing.responses import RawResponse
from ..words import join

KNOWN = {
    name.lower(): name
    for name in (
        checks.ORIGIN,
        checks.CREDENTIALS,
        checks.METHODS,
        checks.HEADERS,
        "Access-Control-Expose-Headers",
        "Access-Control-Max-Age",
    )
}
"""The CORS headers of responses."""

OTHERS = frozenset(
    {
        "access-control-allow-local-network",
        "access-control-allow-private-network",
        "timing-allow-origin",
    }
)
"""Headers of responses that resemble them."""

MAX_SHOWN = 3
"""The most values of a header that are shown."""

LIKENESS = 0.8
"""How much of a name has to be right; the least like of the common mistakes has 0.83."""


def find_misspelt(headers: Iterable[Header]) -> Iterator[tuple[Header, str]]:
    """Yield header lines whose names are nearly those of CORS, each with the name that is meant."""
    for line in headers:
        name = line[0].lower()
        if name in CORS_RESPONSE_HEADERS or name in OTHERS:
            continue
        likely = name.replace("_", "-").replace("request", "allow")
        if likely == "allow-origin":
            likely = "access-control-allow-origin"
        for found in difflib.get_close_matches(likely, KNOWN, n=1, cutoff=LIKENESS):
            yield line, KNOWN[found]


def explain_names(response: RawResponse, names: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each header that is missing, but there under a name that is nearly it.

    :param names: the headers that are missing or wrong.
    """
    for (name, _), meant in find_misspelt(response.headers):
        if meant in names and response.get(meant) is None:
            yield f"Rename the header {quote(name)} to {meant!r}."


def explain_own_lines(response: RawResponse) -> Iterator[str]:
    """Say which headers of CORS an app without a policy writes itself, rightly or nearly so."""
    for (name, _), meant in find_misspelt(response.headers):
        named = f"Remove {quote(name)}, which other code of the app writes"
        yield f"{named}: the policy sends {meant!r}."
    own = [": ".join(line) for line in response.headers if line[0].lower() in POLICY_ONLY_HEADERS]
    if own:
        which = join([quote(line) for line in own])
        yield f"Remove {which}, which other code of the app writes: the policy sends its own."


def explain_values(request: Request, response: RawResponse, names: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each header whose value is nearly right.

    :param names: the headers that are missing or wrong.
    """
    for name, explain in (
        (checks.ORIGIN, _explain_origin),
        (checks.CREDENTIALS, _explain_credentials),
    ):
        values = [value for key, value in response.headers if key.lower() == name.lower()]
        if name not in names or not values:
            continue
        if len(values) > 1:
            shown = " and ".join(map(quote, values[:MAX_SHOWN]))
            yield f"Remove one of the two layers that write {name}: the values are {shown}."
        elif sentence := explain(values[0], request):
            yield sentence
    for name in (checks.METHODS, checks.HEADERS):
        if name in names and (value := response.get(name)) is not None:
            yield from dict.fromkeys(_explain_list(name, value, request))


def _explain_list(name: str, value: str, request: Request) -> Iterator[str]:
    """Say what is wrong with a list of names, apart from what it lacks."""
    is_methods = name == checks.METHODS
    wanted = [request.method] if is_methods else request.unsafe_names
    for item in split_list(value):
        plain = item.strip("[](){}'\" ")
        alike = [one for one in wanted if _plain(one) == _plain(plain)]
        if re.search(r"\S[\s;|]+\S", item):
            yield f"Separate the names in {quote(value)} with commas."
        elif plain != item:
            yield f"Remove the quotes or brackets from {quote(value)}."
        elif item == "*" and request.with_credentials:
            yield f"'*' in {name} is not a wildcard if the request has credentials."
        elif item == "*" and not is_methods:
            yield "'*' does not cover Authorization."
        elif is_methods and alike and item not in wanted:
            yield f"{quote(item)} is not {quote(alike[0])}: methods are case-sensitive."
        elif alike and item.lower() not in map(str.lower, wanted):
            yield f"{quote(item)} is not {quote(alike[0])}."


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _explain_credentials(value: str, request: Request) -> str:
    if "," in value:
        return (
            f"Remove one of the two layers that write {checks.CREDENTIALS}: {quote(value)} is not "
            f"'true'."
        )
    if value.strip("'\" ").lower() == "true":
        return f"{quote(value)} is not 'true', in lower case and without quotes."
    return f"{quote(value)} does not allow credentials: only 'true' does."


def _explain_origin(value: str, request: Request) -> str:
    """Say what is wrong with an origin; return nothing if it is only another one."""
    origin = Origin.parse(value)
    if value == "*":
        return (
            "'*' is only for requests without credentials. If the page needs no cookies, have it "
            "leave credentials out instead."
        )
    if value == "null":
        return "'null' names only pages without an origin of their own."
    if "," in value:
        why = "is a list, and browsers accept only one origin; a second layer may have added to it"
    elif "*" in value:
        why = "has a wildcard, which browsers do not read; compare the origins on the server"
    elif re.search("[$%{}<>]", value):
        why = "looks like a variable that the server has not replaced"
    elif origin is None:
        return f"{suggest(value).fault}."
    elif part := _difference(origin, Origin.parse(request.sent_origin)):
        why = f"is another origin: its {part} differs"
    else:
        return ""
    return f"{quote(value)} {why}."


def _difference(named: Origin, sent: Origin | None) -> str:
    """Return in what two origins of one host differ, if it is only one part."""
    if sent is None or named.host.removeprefix("www.") != sent.host.removeprefix("www."):
        return ""
    pairs = {"scheme": (named.scheme, sent.scheme), "port": (named.port, sent.port)}
    pairs["host"] = (named.host, sent.host)
    parts = [part for part, (one, other) in pairs.items() if one != other]
    return parts[0] if len(parts) == 1 else ""
