"""The requests that every subject is asked to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from .limits import App
from .measure import ORIGIN, Call, Effort, Race, Timing, again, cost, race, sample
from .subjects import BARE, CREDENTIALED, NOTHING, PATH, SETTINGS, nothing

ALLOWED = "https://app.example"
REFUSED = "https://refused.example"

HOSTILE_SIZE = 65_536
"""Characters of Access-Control-Request-Headers: what the more patient servers let through."""

COMMON: Mapping[str, Any] = {
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_SOFTWARE": "server",
    "SERVER_NAME": "api.example",
    "SERVER_PORT": "80",
    "REMOTE_ADDR": "192.0.2.1",
    "REMOTE_PORT": "50000",
    "SCRIPT_NAME": "",
    "PATH_INFO": PATH,
    "RAW_URI": PATH,
    "QUERY_STRING": "",
    "HTTP_HOST": "api.example",
    "HTTP_CONNECTION": "keep-alive",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "HTTP_ACCEPT": "*/*",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.5",
    "HTTP_REFERER": "https://app.example/",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.input": BytesIO(),
    "wsgi.errors": None,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
GET: Mapping[str, Any] = {**COMMON, "REQUEST_METHOD": "GET"}
PREFLIGHT: Mapping[str, Any] = {
    **COMMON,
    "REQUEST_METHOD": "OPTIONS",
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "content-type",
}


@dataclass(frozen=True)
class Scenario:
    """A request, and whether it is one with credentials."""

    name: str
    environ: Mapping[str, Any]
    origin: str | None
    credentials: bool = False

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings that the apps are made with."""
        return CREDENTIALED if self.credentials else SETTINGS

    def call(self, app: App) -> Call:
        """Make this request of an app."""
        if self.origin is None:
            return Call(app, self.environ, again("fresh"), header="HTTP_X_REQUEST_ID")
        return Call(app, self.environ, again(self.origin))


def hostile(requested: str) -> dict[str, Any]:
    """Make a preflight that asks for such headers, over and over up to 64 KiB."""
    asked = (requested * HOSTILE_SIZE)[:HOSTILE_SIZE]
    return {**PREFLIGHT, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": asked}


ACTUAL = [
    Scenario("GET without Origin", GET, None),
    Scenario("GET, origin allowed", GET, ALLOWED),
    Scenario("GET, origin refused", GET, REFUSED),
    Scenario("GET with credentials", {**GET, "HTTP_COOKIE": "session=1"}, ALLOWED, True),
]
GRANTED = Scenario("preflight granted", PREFLIGHT, ALLOWED)
ORDINARY = [GRANTED, Scenario("preflight refused", PREFLIGHT, REFUSED)]
PREFLIGHTS = [
    *ORDINARY,
    Scenario("preflight granted, 64 KiB of header names", hostile("x-a,"), ALLOWED),
]

HOSTILE = {"many names": "x-a,", "one name": "x", "commas and blanks": ", "}
"""What hostile headers are made of, by name."""


def race_all(
    make: Callable[[Mapping[str, Any]], dict[str, App]], effort: Effort
) -> dict[str, Race]:
    """Race the apps that are made in every scenario."""
    return {
        scenario.name: race(
            {name: scenario.call(app) for name, app in make(scenario.settings).items()}, effort
        )
        for scenario in [*ACTUAL, *PREFLIGHTS]
    }


def race_pairs(
    make: Callable[[Mapping[str, Any]], dict[str, tuple[App, App]]], effort: Effort
) -> dict[str, Race]:
    """Race every app against what it is without CORS, in a race of its own.

    Where many apps take turns in one race, each finds the processor's memory full of the others;
    so it is their races that take turns. What CORS costs is a few hundredths of what Flask takes,
    which wanders by more than that from one second to the next: the median is that of the
    differences within each round. All is told as if all had raced with the first one's base.
    """
    return {
        scenario.name: _race_pairs(make(scenario.settings), scenario, effort)
        for scenario in [*ACTUAL, *PREFLIGHTS]
    }


def _race_pairs(
    apps: Mapping[str, tuple[App, App]], scenario: Scenario, effort: Effort
) -> dict[str, Timing]:
    base = BARE if scenario in ACTUAL else NOTHING
    calls = [{NOTHING: nothing, BARE: bare, name: app} for name, (bare, app) in apps.items()]
    races = sample(
        [{name: scenario.call(app) for name, app in apps.items()} for apps in calls], effort
    )
    told = {name: Timing.of(races[0][name]) for name in (NOTHING, BARE)}
    for name, samples in zip(apps, races, strict=True):
        told[name] = told[base].plus(cost(samples[name], samples[base]))
    return told


def race_hostile(make: Callable[..., App], effort: Effort) -> Race:
    """Race hostile preflights against an ordinary one, under lists and under ``*``."""
    listed, anything = make(SETTINGS), make({**SETTINGS, "allow_headers": "*"})
    calls = {NOTHING: GRANTED.call(nothing), GRANTED.name: GRANTED.call(listed)}
    for name, requested in HOSTILE.items():
        request = Scenario(name, hostile(requested), ALLOWED)
        calls[name] = request.call(listed)
        calls[f"{name}, *"] = request.call(anything)
    return race(calls, effort)


def admitted_hostile(make: Callable[..., App]) -> int:
    """Count the hostile preflights that are answered by anything but a refusal of their size."""
    app = make({**SETTINGS, "allow_headers": "*"})
    answers = [
        b"".join(app({**hostile(requested), ORIGIN: ALLOWED}, lambda *_: None))
        for requested in HOSTILE.values()
    ]
    return sum(b"too-large" not in answer for answer in answers)
