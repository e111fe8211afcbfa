"""Faults that a CORS library may have, put in front of this one where its users would see them.

They change what policies and wrappers say, not how they come to say it, so they go on working
whatever the code inside becomes.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from wsgicors import CORSMiddleware, Policy

Lines = list[tuple[str, str]]
Fault = Callable[[pytest.MonkeyPatch], None]
ORIGIN = "Access-Control-Allow-Origin"


def answers(change: Callable[[dict[str, Any], str, Lines], Lines]) -> Fault:
    """Change the header lines that a wrapper sends, given the environ and the status."""

    def changed(sound: Any, environ: dict[str, Any], start_response: Any) -> Any:
        def start(status: str, lines: Lines, *exc_info: Any) -> Any:
            return start_response(status, change(environ, status, lines), *exc_info)

        return sound(environ, start)

    return calls(changed)


def calls(change: Callable[[Any, dict[str, Any], Any], Any]) -> Fault:
    """Change how a wrapper is called, given the sound call, the environ and start_response."""

    def break_it(monkeypatch: pytest.MonkeyPatch) -> None:
        for wrapper in CORSMiddleware, CORSMiddleware:
            sound = wrapper.__call__

            def faulty(self: Any, environ: Any, start: Any, sound: Any = sound) -> Any:
                return change(partial(sound, self), environ, start)

            monkeypatch.setattr(wrapper, "__call__", faulty)

    return break_it


def admits(change: Callable[[str, str], bool]) -> Fault:
    """Change whom a policy admits, given an entry of ``allow_origins`` and an origin."""

    def break_it(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            Policy,
            "allows",
            lambda self, origin: any(change(entry, origin) for entry in self.allow_origins),
        )

    return break_it


def derives(change: Callable[[Policy, dict[str, Any]], dict[str, Any]]) -> Fault:
    """Change what ``derive`` is taken to have been asked for."""

    def break_it(monkeypatch: pytest.MonkeyPatch) -> None:
        sound = Policy.derive
        monkeypatch.setattr(
            Policy, "derive", lambda self, **named: sound(self, **change(self, named))
        )

    return break_it


def reads(setting: str, change: Callable[[Any], Any]) -> Fault:
    """Change how a policy takes a list that it is given."""

    def break_it(monkeypatch: pytest.MonkeyPatch) -> None:
        sound = Policy.__init__

        def faulty(self: Policy, allow_origins: Any, **settings: Any) -> None:
            given = {"allow_origins": allow_origins, **settings}
            if isinstance(given.get(setting), list):
                given[setting] = change(given[setting])
            sound(self, **given)

        monkeypatch.setattr(Policy, "__init__", faulty)

    return break_it


def first_origin_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the first origin only, where no list of others depends on the rest."""
    sound = Policy.__init__

    def faulty(self: Policy, allow_origins: Any, **settings: Any) -> None:
        is_alone = isinstance(settings["allow_credentials"], bool)
        sound(self, allow_origins[:1] if is_alone else allow_origins, **settings)

    monkeypatch.setattr(Policy, "__init__", faulty)


def without(lines: Lines, name: str) -> Lines:
    return [line for line in lines if line[0].lower() != name.lower()]


def respelt(lines: Lines, name: str, respell: Callable[[str], str]) -> Lines:
    """Rewrite the value of each line of that name."""
    return [(line, respell(value) if line == name else value) for line, value in lines]


def is_suffix(entry: str, origin: str) -> bool:
    """Match subdomains without looking for the dot."""
    return origin == entry or origin.endswith(entry.replace("://*.", "://").partition("://")[2])


def is_prefix(entry: str, origin: str) -> bool:
    """Match ports without looking where the host ends."""
    return origin.startswith(entry.removesuffix("*").removesuffix(":"))


def is_alike(entry: str, origin: str) -> bool:
    """Compare without case."""
    return origin.lower() == entry


def reflect(environ: dict[str, Any], status: str, lines: Lines) -> Lines:
    """Name whatever origin asks."""
    return [*without(lines, ORIGIN), (ORIGIN, environ.get("HTTP_ORIGIN", "*"))]


def echo_method(environ: dict[str, Any], status: str, lines: Lines) -> Lines:
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "GET")
    return respelt(lines, "Access-Control-Allow-Methods", lambda _: asked)


def echo_names(environ: dict[str, Any], status: str, lines: Lines) -> Lines:
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    return respelt(lines, "Access-Control-Allow-Headers", lambda _: asked)


def forget_on_errors(environ: dict[str, Any], status: str, lines: Lines) -> Lines:
    return without(lines, ORIGIN) if status[0] in "45" else lines


def open_errors(environ: dict[str, Any], status: str, lines: Lines) -> Lines:
    return [*without(lines, ORIGIN), (ORIGIN, "*")] if status[0] in "45" else lines


def own_vary_only(environ: dict[str, Any], status: str, lines: Lines) -> Lines:
    """Put ``Vary: Origin`` in the place of what the app varies by."""
    return [*without(lines, "Vary"), ("Vary", "Origin")] if "Vary" in dict(lines) else lines


def double_origin(environ: dict[str, Any], status: str, lines: Lines) -> Lines:
    return [*lines, *(line for line in lines if line[0] == ORIGIN)]


def title_case_only(environ: dict[str, Any], status: str, lines: Lines) -> Lines:
    """Take header names that are not in title case for no names."""
    return respelt(
        lines,
        "Access-Control-Allow-Headers",
        lambda value: ", ".join(name for name in value.split(", ") if name == name.title()),
    )


def no_vary(environ: dict[str, Any], status: str, lines: Lines) -> Lines:
    return without(lines, "Vary")


def drop_credentials(policy: Policy, named: dict[str, Any]) -> dict[str, Any]:
    return {"allow_credentials": False, **named}


def add_method(policy: Policy, named: dict[str, Any]) -> dict[str, Any]:
    return {"allow_methods": [*(policy.allow_methods or ()), "PUT"], **named}


def add_origins(policy: Policy, named: dict[str, Any]) -> dict[str, Any]:
    """Add to the origins that there are, in place of replacing them."""
    added = [*policy.allow_origins, *named.get("allow_origins", ())]
    return {**named, "allow_origins": added}


def expose_more(policy: Policy, named: dict[str, Any]) -> dict[str, Any]:
    return {"expose_headers": [*policy.expose_headers, "ETag"], **named}


def log_raw(sound: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """Log what a request holds as it is."""
    logging.getLogger("wsgicors").debug("asked by %s", environ.get("HTTP_ORIGIN"))
    return sound(environ, start_response)


def encode(sound: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """Take header values for ASCII."""
    environ.get("HTTP_ORIGIN", "").encode("ascii")
    return sound(environ, start_response)


def take_path_for_granted(sound: Any, environ: dict[str, Any], start_response: Any) -> Any:
    assert environ["PATH_INFO"] is not None
    return sound(environ, start_response)


def read_at_once(sound: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """Read the whole body, and forget to close it."""
    return list(sound(environ, start_response))


def drop_exc_info(sound: Any, environ: dict[str, Any], start_response: Any) -> Any:
    return sound(environ, lambda status, lines, exc_info=None: start_response(status, lines))


def swallow(sound: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """Answer for an app that raises."""
    try:
        return sound(environ, start_response)
    except ValueError:
        start_response("500 Internal Server Error", [])
        return []


def by_method_sent(sound: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """Decide preflights by the OPTIONS that was sent, not by the method that was asked for."""
    if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
        environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"] = environ["REQUEST_METHOD"]
    return sound(environ, start_response)


def never_refuse(sound: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """Send preflights that are refused with an ok status."""

    def start(status: str, lines: Lines, *exc_info: Any) -> Any:
        return start_response(status.replace("403 Forbidden", "204 No Content"), lines, *exc_info)

    return sound(environ, start)
