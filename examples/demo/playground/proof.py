"""The policy of a server, as far as a message or a response proves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from wsgicors import PolicyError
from wsgicors.explaining.pasted import Pasted, Received, Unreadable
from wsgicors.explaining.pasted.console import read_console
from wsgicors.testing import checks
from wsgicors.testing.profiles import CHROMIUM, FIREFOX, WEBKIT
from wsgicors.testing.responses import REDIRECT_STATUSES

from .places import Places
from .prediction import Asked, predict
from .targets import USUAL_PATH, create_target, make_policy

ELSEWHERE = "https://elsewhere.example"
"""Stands for origins that a text does not name."""

USUAL: dict[str, Any] = {
    "allow_origins": ELSEWHERE,
    "allow_methods": "",
    "allow_headers": "Content-Type",
    "expose_headers": "",
    "allow_credentials": False,
    "credentials_origins": "",
    "max_age": "",
    "accept_risks": [],
}
"""The fields of a policy that has the defaults of the package."""

NAMES = {CHROMIUM: "Chromium", FIREFOX: "Firefox", WEBKIT: "WebKit"}

LEFT_OUT = {"allow_methods", "credentials_origins", "max_age"}
"""Fields that leave their setting out, or as it is, if they are empty."""

VAGUE = "The message does not name the reason: the policy of the form stays as it is."
UNPROVEN = (
    "No policy that was tried leads to this message: the policy of the form stays as it is. The "
    "command 'wsgicors explain --console' says what the message means."
)

PATHS_BY_STATUS = {404: "/missing", 409: "/taken", **dict.fromkeys(REDIRECT_STATUSES, "/items")}
"""The paths that answer with a status, or one of its kind."""


class Filled(NamedTuple):
    """Values of the form by field, and sentences about what the text became."""

    values: dict[str, Any]
    notes: list[str]


# ---- by a message of a console


def prove_by_message(message: Pasted, asked: Asked, places: Places) -> Filled:
    """Return a policy for which a browser prints a message, if there is one.

    :param message: what the package reads of the message.
    :param asked: the request that it is about, with an origin of this machine.
    """
    received = message.received or Received()
    if message.is_vague or message.meaning:
        return Filled({}, [VAGUE])
    for candidate in candidates(received, asked):
        with suppress(PolicyError, Unreadable):
            printed = provoke(candidate.values, asked, message.profile or "", places)
            (other, *_) = read_console(printed)
            if traits(other) == traits(message):
                return Filled(candidate.values, [*candidate.notes, describe(message, other)])
    if received.header == checks.ORIGIN and received.value:
        return other_value(received.value)
    return Filled({}, [UNPROVEN])


def candidates(received: Received, asked: Asked) -> Iterator[Filled]:
    """Yield policies that may be those of the server, and paths."""
    path = PATHS_BY_STATUS.get(received.status or 200)
    if path == "/missing":
        note = "The status 404 without CORS headers is that of a URL that the API does not have."
        yield Filled({"path": path}, [note])
    elif path is not None:
        for values, notes in policies(asked):
            yield Filled({**values, "path": path}, notes)
    yield from policies(asked)


def policies(asked: Asked) -> Iterator[Filled]:
    """Yield policies that each block a request for another reason."""
    names = [name for name, _ in asked.headers]
    is_null = asked.page == "null"
    allowed = {
        **USUAL,
        "allow_origins": asked.page,
        "allow_headers": ", ".join(names) or "Content-Type",
        "allow_credentials": asked.credentials == "include" and not is_null,
        "accept_risks": ["opaque-origin"] if is_null else [],
    }
    everybody = {"allow_origins": "*", "allow_credentials": False, "accept_risks": []}
    yield Filled(
        USUAL,
        [f"The response did not allow the page's origin: allow_origins has {ELSEWHERE} instead."],
    )
    yield Filled(
        {**allowed, **everybody},
        ["The response allowed every origin (*), which does not include credentials."],
    )
    yield Filled(
        {**allowed, "allow_credentials": False},
        ["The response allowed the page's origin, but not credentials."],
    )
    yield Filled(
        {**allowed, "allow_methods": "GET, HEAD, POST"},
        [f"The preflight did not allow {asked.method}, so allow_methods leaves it out."],
    )
    yield Filled(
        {**allowed, "allow_headers": ""},
        [f"The preflight did not allow {', '.join(names)}, so allow_headers is empty."],
    )


def provoke(values: dict[str, Any], asked: Asked, engine: str, places: Places) -> str:
    """Return what an engine prints for a request under the policy of a form.

    :raises PolicyError: if the policy cannot work.
    """
    url = f"{places.api}{values.get('path', USUAL_PATH)}"
    target = create_target(make_policy(to_settings({**USUAL, **values})))
    result = predict(target, url, asked, at=places.api, visited=places.page, profile=engine)
    return str(result["console"] or "")


def to_settings(values: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a policy, as the page reads them from its fields."""
    return {
        name: split_list(value) if isinstance(value, str) else value
        for name, value in values.items()
        if name in USUAL and not (name in LEFT_OUT and value == "")
    }


def split_list(text: str) -> list[str]:
    """Return the elements of a list, which are on lines or between commas."""
    return [name.strip() for name in re.split(r"[\n,]", text) if name.strip()]


def traits(message: Pasted) -> tuple[Any, ...]:
    """Return what two messages of an engine have in common if they have one cause."""
    received = message.received or Received()
    is_of_origin = received.header == checks.ORIGIN
    return (
        sorted(name.lower() for name, _ in message.headers),
        message.credentials,
        message.mode,
        message.redirect,
        message.preflight,
        received.header,
        received.value if is_of_origin else None,
        received.kind,
    )


def describe(message: Pasted, other: Pasted) -> str:
    """Say that a message is that of the form, and in which status they differ."""
    same = f"The form now leads to the same message in {NAMES[message.profile or CHROMIUM]}"
    wanted, got = message.received, other.received
    if wanted and got and wanted.status != got.status:
        return f"{same}, with the status {got.status} in place of {wanted.status}."
    return f"{same}."


def other_value(value: str) -> Filled:
    """Return a policy for another origin, the one that a response allowed."""
    return Filled(
        {**USUAL, "allow_origins": value},
        [
            f"The response allowed {value}, so allow_origins has it. For other origins wsgicors "
            "sends no such header, so the browser complains that it is missing."
        ],
    )


# ---- by a response


def prove_by_response(headers: list[tuple[str, str]], page: str | None, place: str) -> Filled:
    """Return the policy that the CORS headers of a response show.

    :param page: the origin of the page that got it; ``None`` if it is not known.
    :param place: the origin of this machine that stands for it.
    """
    lines = {name.lower().removeprefix("access-control-"): value for name, value in headers}
    notes = [f"The policy is from the response: {', '.join(sorted(lines)) or 'no CORS headers'}."]
    origin = lines.get("allow-origin")
    if origin is None:
        origins = ELSEWHERE
        notes.append(f"It allows no origin: allow_origins has {ELSEWHERE} instead of the page's.")
    elif origin == "*" or (page is not None and origin != page):
        origins = origin
    else:
        origins = place
        notes.append(f"It allows {origin}, which becomes {place}.")
    is_preflight = "allow-methods" in lines or "allow-headers" in lines
    values = {
        **USUAL,
        "allow_origins": origins,
        "allow_methods": lines.get("allow-methods", ""),
        "allow_headers": lines.get("allow-headers", "" if is_preflight else "Content-Type"),
        "expose_headers": lines.get("expose-headers", ""),
        "allow_credentials": lines.get("allow-credentials") == "true",
        "max_age": lines.get("max-age", ""),
        "accept_risks": ["opaque-origin"] if origins == "null" else [],
    }
    if not is_preflight:
        notes.append(
            "It is not a response to a preflight, so it does not show the methods and headers."
        )
    return Filled(values, notes)
