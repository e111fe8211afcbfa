"""Random settings of the form, and the kinds of their results."""

import random
from collections.abc import Iterator
from typing import Any

from examples.demo.serve import Origins

FAULTY = [
    {"allow_origins": "app.example"},
    {"allow_origins": ""},
    {"allow_methods": "TRACE"},
    {"allow_headers": "X-Ünfug, Cookie"},
    {"expose_headers": "Set-Cookie"},
    {"max_age": "soon"},
]
"""Settings that no policy accepts."""

SENT = [
    "Content-Type: application/json",
    "Content-Type: text/plain",
    "X-Debug: 1",
    "Authorization: Bearer x",
    "Accept: a/b",
    "Cookie: a=b",
    "X-No-Value",
    "X bad: 1",
    "DPR: 2",
    "User-Agent: Mine/1",
]
"""Request headers: safelisted, unsafe, forbidden and invalid; engines differ about the last two."""


def random_settings(choose: random.Random, origins: Origins) -> dict[str, Any]:
    """Choose values for the form at random: mostly usual ones, sometimes invalid ones."""
    other = origins.page.replace("localhost", "127.0.0.1")
    asking = choose.choice([origins.page, origins.page, other, origins.play, "null"])
    admitted = [asking] * 4 + ["*", "*", "http://localhost:*", "https://elsewhere.example"]
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] * 3
    return {
        "origin": asking,
        "method": choose.choice([*methods, "put", "patch", "LIST", "TRACE", "G T"]),
        "path": choose.choice(["/items/", "/items/", "/items/", "/items", "/taken", "/missing"]),
        "headers": "\n".join(choose.sample(SENT, choose.choice([0, 1, 1, 2]))),
        "credentials": choose.choice(["same-origin", "include", "omit"]),
        "mode": choose.choice(["cors"] * 8 + ["no-cors", "same-origin"]),
        "redirect": choose.choice(["follow"] * 4 + ["error", "manual"]),
        "allow_origins": choose.choice(admitted),
        "allow_methods": choose.choice(["", "", "", "GET, PUT", "*", "put"]),
        "allow_headers": choose.choice(["Content-Type", "Content-Type, X-Debug", "*", ""]),
        "expose_headers": choose.choice(["", "X-Total-Count", "*"]),
        "allow_credentials": choose.random() < 0.4,
        "credentials_origins": choose.choice(["", "", "", asking, other]),
        "max_age": choose.choice(["", "0", "600", "9000"]),
        "accept_risks": choose.choice([[], ["opaque-origin"], ["opaque-origin"]]),
    } | (choose.choice(FAULTY) if choose.random() < 0.1 else {})


def kinds(result: dict[str, Any]) -> Iterator[str]:
    """Name the kinds of result that a run is an instance of."""
    if "problems" in result:
        yield "invalid"
        return
    actual = result["actual"]
    yield actual["outcome"]
    exchanges = actual["exchanges"]
    asked = [dict(exchange["asked"]) for exchange in exchanges]
    yield from {"preflighted" for headers in asked if "Access-Control-Request-Method" in headers}
    yield from {"cookie" for headers in asked if "Cookie" in headers}
    yield from {"null" for headers in asked if headers.get("Origin") == "null"}
    yield from {"redirected" for exchange in exchanges if exchange["status"].startswith("308")}
    if not exchanges:
        yield "nothing sent"
    if actual["reads"].get("type") == "basic":
        yield "same origin"
    if len({engine["outcome"] for engine in result["engines"].values()}) > 1:
        yield "engines differ"
