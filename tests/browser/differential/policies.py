"""Servers that answer as a policy says, and what that policy promises to a page."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.browser.differential import known
from tests.browser.differential.model import Answer, Hop, Scenario, Sites, Step
from tests.browser.differential.observe import Observation
from tests.browser.differential.playing import Player
from tests.browser.differential.scenarios import generate
from tests.browser.differential.server import Request, Table, serving
from tests.browser.engines import launched
from wsgicors import CORSMiddleware, Policy
from wsgicors._core.headers import (
    SAFELISTED_METHODS,
    SAFELISTED_RESPONSE_HEADERS,
    is_token,
    normalise_method,
)
from wsgicors._core.protocol import Preflight, why_refused
from wsgicors.testing.profiles import PROFILES, Profile
from wsgicors.testing.safelist import is_forbidden, unsafe_names

SENT = {"cache-control": "no-store", "etag": '"1"', "x-one": "1", "x-two": "2"}
"""What every view sends of its own."""


@dataclass(frozen=True)
class Promise:
    """What a policy says of one request: does it arrive, and which headers may script read?"""

    arrives: bool
    readable: frozenset[str] | None
    """``None`` if script gets nothing at all."""


EXCUSES = {"lax-range", "lines-safelisted-apart", "very-long-range-unsafe"}
"""Known differences that change which requests need a preflight."""


def compare_with_policies(
    engine: str, seed: int, count: int
) -> tuple[list[tuple[Any, ...]], Counter[tuple[str, bool, bool]]]:
    """Play requests under policies; return the broken promises, and a count of all of them.

    A promise is not among them if a known difference in what is safelisted can break it.
    """
    with serving(PolicyTable) as table, launched(engine) as running:
        page = table.sites.origins["P"]
        drawn = draw(seed, count, page)
        table.use(drawn)
        seen = Player(running, table).observe([scenario for scenario, _ in drawn])
    counts: Counter[tuple[str, bool, bool]] = Counter()
    broken: list[tuple[Any, ...]] = []
    for (scenario, policy), one in zip(drawn, seen, strict=True):
        promised = promise(policy, scenario.steps[0], page, PROFILES[engine])
        asked = any(arrival.preflight for arrival in one.arrivals)
        kind = "preflight" if asked else "simple"
        counts[kind, promised.arrives, promised.readable is not None] += 1
        excuses = EXCUSES.intersection(each.name for each in known.find(scenario, engine))
        if not is_kept(promised, one) and not excuses:
            broken.append((scenario.to_json(), policy, promised, one))
    return broken, counts


def draw(seed: int, count: int, page: str) -> list[tuple[Scenario, Policy]]:
    """Draw requests as the generator does, each to a URL under a policy of its own."""
    rng = random.Random(seed)
    steps = [step for scenario in generate(seed, 3 * count) for step in scenario.steps]
    usual = [
        replace(
            s, mode="cors", redirect="follow", hop=0, suffix="", xhr=False, upload_listener=False
        )
        for s in steps
    ]
    usable = [step for step in usual if _is_request(step)][:count]
    hops = [Hop(rng.choice("AB")) for _ in usable]
    return [
        (Scenario(steps=(step,), hops=(hop,)), _draw_policy(rng, page))
        for step, hop in zip(usable, hops, strict=True)
    ]


def _is_request(step: Step) -> bool:
    """Tell whether script gets as far as a request at all."""
    method = normalise_method(step.method)
    bodiless = method in {"GET", "HEAD"}
    return (
        method.isalpha()
        and method.upper() not in {"TRACE", "CONNECT", "TRACK"}
        and not (bodiless and step.body is not None)
        and all(value.isascii() and value.isprintable() for _, value in step.headers)
        and all(is_token(name) for name, _ in step.headers)
    )


def _draw_policy(rng: random.Random, page: str) -> Policy:
    credentials: bool | list[str] = rng.random() < 0.4
    origins: list[Any] = [
        [page],
        [page, "https://b.example"],
        ["http://localhost:*"],
        ["https://b.example"],
        [lambda origin: str(origin) == page],
    ]
    allowed = rng.choice(origins if credentials else [*origins, "*", "*"])
    if page in allowed or allowed == "*":
        credentials = rng.choice([credentials, [page]])
    elif "https://b.example" in allowed:
        credentials = rng.choice([credentials, ["https://b.example"]])
    names = ["Content-Type", "X-Foo", "X-Requested-With", "Authorization", "accept", "Range"]
    return Policy(
        allow_origins=allowed,
        allow_methods=rng.choice([None, "*", ["PUT", "DELETE"], ["PATCH"], ["PUT", "OPTIONS"]]),
        allow_headers=rng.choice(
            ["*", "*", ["*", "Authorization"], ["Content-Type"], [], rng.sample(names, 3)]
        ),
        expose_headers=rng.choice([[], ["ETag"], ["x-two", "X-One"], [] if credentials else "*"]),
        allow_credentials=credentials,
        max_age=rng.choice([None, 0, 600]),
        accept_risks=["callable-with-credentials", "plain-http-origin"],
    )


def promise(policy: Policy, step: Step, page: str, profile: Profile) -> Promise:
    """Say what the policy promises, from the policy and the request alone."""
    headers = [h for h in _combined(step) if not is_forbidden(*h, profile)]
    method, unsafe = normalise_method(step.method), unsafe_names(headers, profile)
    include = step.credentials == "include"
    admitted = policy.allows_credentials(page) if include else policy.allows(page)
    arrives = True
    if method not in SAFELISTED_METHODS or unsafe:
        asked = Preflight(page, method, ",".join(unsafe))
        arrives = admitted and why_refused(policy, asked) is None
    if not (arrives and admitted):
        return Promise(arrives, None)
    exposed = {name.lower() for name in policy.expose_headers}
    every = {
        *SENT,
        "content-length",
        "access-control-allow-origin",
        "vary",
        "access-control-expose-headers",
        "access-control-allow-credentials",
    }
    readable = every if "*" in exposed and not include else exposed | SAFELISTED_RESPONSE_HEADERS
    return Promise(arrives, frozenset(readable))


def _combined(step: Step) -> list[tuple[str, str]]:
    joined: dict[str, list[str]] = {}
    for name, value in step.headers:
        joined.setdefault(name.lower(), []).append(value.strip())
    if step.body is not None and "content-type" not in joined:
        joined["content-type"] = ["text/plain;charset=UTF-8"]
    return [(name, ", ".join(values).strip()) for name, values in joined.items()]


def is_kept(promised: Promise, seen: Observation) -> bool:
    """Return whether an engine found what the policy promised."""
    arrived = any(not arrival.preflight for arrival in seen.arrivals)
    (step,) = seen.steps
    if promised.readable is None:
        return arrived == promised.arrives and step.type == "rejected"
    names = {name for name, _ in step.headers}
    sent = {*SENT, "content-length", "content-type"}
    return (
        arrived == promised.arrives
        and step.type == "cors"
        and names <= promised.readable
        and promised.readable & set(SENT) <= names <= promised.readable | sent
    )


class PolicyTable(Table):
    """A table whose URLs are served by an app under a policy."""

    def __init__(self, sites: Sites) -> None:
        super().__init__(sites)
        self._drawn: Sequence[tuple[Scenario, Policy]] = ()
        self._policies: dict[str, Policy] = {}

    def use(self, drawn: Sequence[tuple[Scenario, Policy]]) -> None:
        """Serve these scenarios, each under its policy, and others as they say themselves."""
        self._drawn = drawn

    def add(self, scenario: Scenario) -> str:
        """Take a scenario, look up its policy and return its key."""
        key = super().add(scenario)
        self._policies |= [(key, policy) for one, policy in self._drawn if one is scenario]
        return key

    def answer(self, request: Request) -> Answer:
        """Let the middleware answer if there is a policy."""
        answer = super().answer(request)
        key = request.path.partition("?")[0].split("/")[2]
        if key not in self._policies:
            return answer
        started: list[tuple[str, list[tuple[str, str]]]] = []
        app = CORSMiddleware(_view, self._policies[key])
        app(_environ(request), lambda status, lines, *_: started.append((status, lines)))
        ((status, lines),) = started
        return Answer(int(status.split()[0]), tuple(lines))


def _view(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [(n, v) for n, v in SENT.items() if n != "cache-control"])
    return [b"ok"]


def _environ(request: Request) -> dict[str, Any]:
    variables = {f"HTTP_{n.upper().replace('-', '_')}": v for n, v in request.headers.items()}
    return {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        **variables,
    }
