"""Requests of a page and what servers answer: browsers block, fail or allow them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ORIGIN = "{origin}"
"""Stands for the origin of the page in a header of a response."""

ANY = {"Access-Control-Allow-Origin": "*"}
OTHER = {"Access-Control-Allow-Origin": "https://other.example"}
ALLOWING = {"Access-Control-Allow-Origin": ORIGIN}
WITH_COOKIES = {**ALLOWING, "Access-Control-Allow-Credentials": "true"}
GRANTING = {
    **WITH_COOKIES,
    "Access-Control-Allow-Methods": "PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "X-Request-Id, Content-Type, Authorization",
}
MOVED = {"Location": "{api}/target?scenario={number}"}


@dataclass(frozen=True)
class Answer:
    """What a server answers."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    status: int = 200


GRANTED = Answer(GRANTING, 204)
DEFAULT = Answer()


@dataclass(frozen=True)
class Scenario:
    """A request of a page, and what the servers answer."""

    name: str
    answer: Answer = DEFAULT
    preflight: Answer = DEFAULT
    target: Answer = DEFAULT
    """What the URL answers to which a redirect leads."""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str | None = None
    credentials: str = "same-origin"
    mode: str = "cors"
    xhr: bool = False
    server: str = "api"
    """``"api"``, ``"page"`` for the page's own server, or ``"down"`` for one that is not there."""
    times: int = 1
    """How often the page makes the request."""
    verdict: str = "allowed"
    """What a recording proves; ``"aside"`` if CORS has no part in the request."""
    by_engine: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the recordings of some engines prove instead."""


def put(name: str, preflight: Answer, answer: Answer = DEFAULT, **more: Any) -> Scenario:
    """Return a scenario with a request that needs a preflight."""
    asked: dict[str, Any] = {"method": "PUT", "headers": {"X-Request-Id": "1"}, **more}
    return Scenario(name, answer, preflight, **asked)


UNSEEN = {"firefox": "unknown"}
"""Firefox does not write why there is no response."""

SCENARIOS = [
    Scenario("any origin", Answer(ANY)),
    Scenario("this origin", Answer(ALLOWING)),
    Scenario("this origin, by XMLHttpRequest", Answer(ALLOWING), xhr=True),
    Scenario("an error that the page may read", Answer(ANY, 404)),
    Scenario("with cookies", Answer(WITH_COOKIES), credentials="include"),
    Scenario("no header", verdict="blocked"),
    Scenario("no header, by XMLHttpRequest", xhr=True, verdict="blocked"),
    Scenario("no header, with an error", Answer({}, 500), verdict="blocked"),
    Scenario("another origin", Answer(OTHER), verdict="blocked"),
    Scenario("any origin with cookies", Answer(ANY), credentials="include", verdict="blocked"),
    Scenario("no credentials", Answer(ALLOWING), credentials="include", verdict="blocked"),
    Scenario("two values", Answer({"Access-Control-Allow-Origin": "*, *"}), verdict="blocked"),
    Scenario("POST of text", method="POST", body="x", verdict="blocked"),
    put("a preflight", GRANTED, Answer(ALLOWING)),
    put("a preflight, by XMLHttpRequest", GRANTED, Answer(ALLOWING), xhr=True),
    put("a preflight, with cookies", GRANTED, Answer(WITH_COOKIES), credentials="include"),
    put(
        "a preflight for JSON and a token",
        GRANTED,
        Answer(ALLOWING),
        method="POST",
        headers={"Content-Type": "application/json", "Authorization": "Bearer a.b.c"},
        body="{}",
    ),
    put(
        "a cached preflight",
        Answer({**GRANTING, "Access-Control-Max-Age": "600"}, 204),
        Answer(ALLOWING),
        times=2,
    ),
    put("a preflight without headers", Answer({}, 204), Answer(ALLOWING), verdict="blocked"),
    put("a preflight of another origin", Answer({**GRANTING, **OTHER}, 204), verdict="blocked"),
    put("a preflight that is not found", Answer(GRANTING, 404), verdict="blocked"),
    put("a preflight that needs a login", Answer({}, 401), verdict="blocked"),
    put("a redirected preflight", Answer({**GRANTING, **MOVED}, 302), verdict="blocked"),
    put(
        "a method that is not listed",
        Answer({**GRANTING, "Access-Control-Allow-Methods": "DELETE"}, 204),
        verdict="blocked",
    ),
    put(
        "a header that is not listed",
        Answer({**GRANTING, "Access-Control-Allow-Headers": "X-A"}, 204),
        verdict="blocked",
    ),
    put(
        "a preflight without credentials",
        Answer({**GRANTING, "Access-Control-Allow-Credentials": "no"}, 204),
        Answer(WITH_COOKIES),
        credentials="include",
        verdict="blocked",
        # The file has no cookies of a request that was not sent.
        by_engine={"chromium": "unknown"},
    ),
    put("granted, then no header", GRANTED, verdict="blocked"),
    put("granted, then an error", GRANTED, Answer({}, 500), verdict="blocked"),
    put(
        "granted with a redirect, then no header",
        GRANTED,
        Answer({**ALLOWING, **MOVED}, 307),
        verdict="blocked",
    ),
    put(
        "granted twice",
        GRANTED,
        Answer({**ALLOWING, **MOVED}, 307),
        target=Answer(ALLOWING),
    ),
    Scenario(
        "a redirect without a header", Answer(MOVED, 302), target=Answer(ANY), verdict="blocked"
    ),
    Scenario("a redirect, then no header", Answer({**ANY, **MOVED}, 302), verdict="blocked"),
    Scenario("a redirect", Answer({**ANY, **MOVED}, 302), target=Answer(ANY)),
    Scenario(
        "an own redirect, then no header", Answer(MOVED, 302), server="page", verdict="blocked"
    ),
    Scenario("an own redirect", Answer(MOVED, 302), server="page", target=Answer(ANY)),
    Scenario("no-cors", mode="no-cors", verdict="aside"),
    Scenario("the page's own origin", server="page", verdict="aside"),
    Scenario("a server that is down", server="down", verdict="failed", by_engine=UNSEEN),
    put(
        "a server that is down for the preflight",
        DEFAULT,
        server="down",
        verdict="failed",
        by_engine=UNSEEN,
    ),
]

PLAY = """async (urls, scenarios) => {
  const load = ({method, headers, body, credentials}, url) => new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    xhr.withCredentials = credentials === "include";
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.onload = resolve;
    xhr.onerror = reject;
    xhr.send(body);
  });
  const play = async ({xhr, times, method, headers, body, credentials, mode, ...rest}, url) => {
    if (xhr) return load({method, headers, body, credentials}, url);
    return (await fetch(url, {method, headers, body, credentials, mode})).text();
  };
  const passed = [];
  for (const [number, scenario] of scenarios.entries()) {
    for (let time = 0; time < scenario.times; time++) {
      passed[number] = await play(scenario, urls[number]).then(() => true, () => false);
    }
  }
  return passed;
}"""
"""Makes all requests, and returns of each whether the page got its response."""
