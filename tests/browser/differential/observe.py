"""What can be seen of a scenario: what each step came to, and what the servers received."""

from dataclasses import dataclass, field
from typing import Any

from tests.browser.differential.model import Scenario, Sites
from tests.browser.differential.server import Request, Table

TELLING = {
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "content-length",
    "content-type",
    "origin",
}
"""Request headers whose value is compared, whoever set it."""


@dataclass(frozen=True)
class Seen:
    """What script came to know of one step. ``why`` is for people, and not compared."""

    type: str
    status: int = 0
    url: str = ""
    redirected: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    why: str = field(default="", compare=False)

    def __str__(self) -> str:
        if self.type == "rejected":
            return f"rejected ({self.why})" if self.why else "rejected"
        lines = ", ".join(f"{name}: {value!r}" for name, value in self.headers)
        redirected = " after redirects" if self.redirected else ""
        return f"{self.type} {self.status} {self.url}{redirected} {{{lines}}}"


@dataclass(frozen=True)
class Arrival:
    """One request as the server saw it."""

    preflight: bool
    server: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        lines = ", ".join(f"{name}: {value!r}" for name, value in self.headers)
        kind = "preflight" if self.preflight else self.method
        return f"{kind} to {self.server}{self.path} {{{lines}}}"


@dataclass(frozen=True)
class Observation:
    """A scenario as played: one ``Seen`` for each step, and all arrivals in order."""

    steps: tuple[Seen, ...]
    arrivals: tuple[Arrival, ...]

    @property
    def outcome(self) -> str:
        """Say in a word or two how the scenario ended."""
        types = list(dict.fromkeys(step.type for step in self.steps))
        return types[0] if len(types) == 1 else "mixed"


def see(sites: Sites, raw: dict[str, Any]) -> Seen:
    """Read what the page or the simulator noted about one step."""
    if raw["type"] not in {"basic", "cors", "opaque", "opaqueredirect", "xhr"}:
        return Seen(raw["type"], why=raw.get("said", ""))
    headers = sorted((name.lower(), value) for name, value in raw["headers"])
    return Seen(
        raw["type"],
        raw["status"],
        _strip_key(sites.anonymise(raw["url"])),
        raw.get("redirected", False),
        tuple((name, _strip_key(sites.anonymise(value))) for name, value in headers),
    )


def gather(table: Table, key: str, scenario: Scenario) -> tuple[Arrival, ...]:
    """Collect what the servers received of a scenario."""
    ours = find_values(scenario)
    return tuple(_arrive(table.sites, request, ours) for request in table.get_received(key))


def _arrive(sites: Sites, request: Request, ours: dict[str, set[str]]) -> Arrival:
    headers = []
    for name, value in sorted(request.headers.items()):
        if name == "range":
            headers.append((name, "present"))  # Chromium's network layer drops leading zeros
        elif name in TELLING or value.strip(" \t") in ours.get(name, ()):
            value = value.strip(" \t")
            headers.append((name, sites.anonymise(value)))
        elif name == "cookie":
            headers.append((name, value))
    path = _strip_key(sites.anonymise(request.path))
    return Arrival(request.is_preflight, request.server, request.method, path, tuple(headers))


def _strip_key(text: str) -> str:
    """Write ``/s/k17/0`` as ``/0``: keys differ between runs."""
    before, found, after = text.partition("/s/k")
    return before + after.lstrip("0123456789") if found else text


def find_values(scenario: Scenario) -> dict[str, set[str]]:
    """Return the values that script set, by name: each alone, and those of a step together."""
    values: dict[str, set[str]] = {}
    for step in scenario.steps:
        together: dict[str, list[str]] = {}
        for name, value in step.headers:
            together.setdefault(name.lower(), []).append(value.strip(" \t\r\n"))
        for name, parts in together.items():
            values.setdefault(name, set()).update(parts, [", ".join(parts).strip(" \t")])
    return values
