"""What a scenario is: who asks what, and what the servers answer. Plain data, as JSON too."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

Lines = tuple[tuple[str, str], ...]
"""Header lines in order: names keep their case and repetitions, values the spaces around them."""

OPAQUE = "null"
"""The origin of a page that has none to show."""

HOSTS = {"P": "localhost", "A": "localhost", "B": "127.0.0.1", "C": "127.0.0.1"}
"""The servers: the page's own, one on its site, and two on another. Each has its own port."""

_PLACEHOLDER = re.compile(r"\{([a-zA-Z-]+)\}")


@dataclass(frozen=True)
class Answer:
    """One response; placeholders in the values are filled in when it is given."""

    status: int = 200
    lines: Lines = ()


@dataclass(frozen=True)
class Hop:
    """One URL: its server, and its answers by turn. The last answer is repeated for ever."""

    server: str
    preflights: tuple[Answer, ...] = (Answer(204),)
    actuals: tuple[Answer, ...] = (Answer(),)


@dataclass(frozen=True)
class Step:
    """One call of ``fetch()``, or one XMLHttpRequest, to one of the hops."""

    method: str = "GET"
    headers: Lines = ()
    body: str | None = None
    credentials: str = "same-origin"
    mode: str = "cors"
    redirect: str = "follow"
    hop: int = 0
    suffix: str = ""
    xhr: bool = False
    upload_listener: bool = False


@dataclass(frozen=True)
class Scenario:
    """A page, what its script does in turn, and the URLs that answer."""

    page: str = "P"
    steps: tuple[Step, ...] = (Step(),)
    hops: tuple[Hop, ...] = (Hop("A"),)
    labels: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def to_json(self) -> str:
        """Write everything but the labels, leaving out what is as usual."""
        return json.dumps(_without_defaults(replace(self, labels=())), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Scenario":
        """Read what ``to_json`` wrote."""
        raw = json.loads(text)
        steps = tuple(Step(**_tuples(step)) for step in raw.pop("steps", [{}]))
        hops = tuple(_read_hop(hop) for hop in raw.pop("hops", [{"server": "A"}]))
        return cls(steps=steps, hops=hops, **raw)


def _read_hop(raw: dict[str, Any]) -> Hop:
    for kind in raw.keys() & {"preflights", "actuals"}:
        raw[kind] = tuple(Answer(**_tuples(answer)) for answer in raw[kind])
    return Hop(**raw)


def _tuples(raw: dict[str, Any]) -> dict[str, Any]:
    for name in raw.keys() & {"lines", "headers"}:
        raw[name] = tuple((line, value) for line, value in raw[name])
    return raw


def _without_defaults(item: Any) -> Any:
    if isinstance(item, tuple):
        return [_without_defaults(part) for part in item]
    if not is_dataclass(item):
        return item
    return {
        part.name: _without_defaults(getattr(item, part.name))
        for part in fields(item)
        if getattr(item, part.name) != part.default
    }


def fill(template: str, values: Callable[[str], str | None]) -> str:
    """Fill in the placeholders that are known, and leave other braces alone."""
    if "{" not in template:
        return template

    def put(match: re.Match[str]) -> str:
        value = values(match[1])
        return match[0] if value is None else value

    return _PLACEHOLDER.sub(put, template)


class Sites:
    """The origins of the servers, which differ between runs, and their names, which do not."""

    def __init__(self, ports: dict[str, int]) -> None:
        self.origins = {name: f"http://{HOSTS[name]}:{port}" for name, port in ports.items()}
        self._names = {origin: name for name, origin in self.origins.items()}
        self._hosts = {origin.removeprefix("http://"): name for origin, name in self._names.items()}
        self._host = re.compile("|".join(map(re.escape, self._hosts)), re.IGNORECASE)

    def get_origin_of_page(self, scenario: Scenario) -> str:
        """Return what the page's origin is serialised as."""
        return OPAQUE if scenario.page == OPAQUE else self.origins[scenario.page]

    def get_url(self, scenario: Scenario, step: Step, key: str) -> str:
        """Return the URL that the step asks for, where the scenario is known by that key."""
        hop = min(step.hop, len(scenario.hops) - 1)
        return f"{self.origins[scenario.hops[hop].server]}/s/{key}/{hop}{step.suffix}"

    def get_name(self, host: str) -> str:
        """Return which server has this ``Host``."""
        return self._names[f"http://{host}"]

    def anonymise(self, text: str) -> str:
        """Write each host and port as its server's name, so that runs can be compared."""
        return self._host.sub(lambda match: self._hosts[match[0].lower()], text)


IMAGINED = Sites({name: 4001 + place for place, name in enumerate(HOSTS)})
"""Where the servers stand when nobody has to listen there."""
