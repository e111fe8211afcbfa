"""Faults of policies, in each place where each framework has one."""

from collections.abc import Iterator
from typing import Any

from tests.browser.grid.model import Ask, Cell, Settings, Stack

ELSEWHERE = "https://elsewhere.example"
THE_PAGE = {"allow_origins": ["{page}"]}

PLACES = {
    "flask": ["view", "class", "method", "endpoints", "blueprint", "default", "named"],
    "django": ["view", "endpoints", "default"],
    "falcon": ["view", "class", "endpoints", "default"],
    "bottle": ["view", "endpoints", "default"],
    "pyramid": ["view", "endpoints", "default"],
    "werkzeug": ["view", "endpoints", "default"],
    "bare": ["wrapper", "resolver"],
}

WHOLE = ("default", "wrapper", "resolver")
"""Places of a policy for the whole app."""

PUT = Ask("PUT")
INCLUDE = Ask(credentials="include")
CUSTOM = Ask(headers=(("X-Request-Id", "1"),))
TOKEN = Ask(headers=(("Authorization", "Bearer 1"),))
ALL = Ask("PUT", headers=(("X-Request-Id", "1"),), credentials="include")
JSON = Ask("POST", headers=(("Content-Type", "application/json"),), body="{}")


def refuses(origin: str) -> bool:
    return origin == ELSEWHERE


FAULTS: dict[str, tuple[Settings | None, Ask]] = {
    "another origin": ({"allow_origins": [ELSEWHERE]}, Ask()),
    "another origin, and a preflight": ({"allow_origins": [ELSEWHERE]}, PUT),
    "the page with https": ({"allow_origins": ["https://page.localhost"]}, Ask()),
    "a pattern of other origins": ({"allow_origins": [f"https://*.{ELSEWHERE[8:]}"]}, Ask()),
    "a function that refuses": ({"allow_origins": [refuses]}, Ask()),
    "None": (None, Ask()),
    "no credentials": (THE_PAGE, INCLUDE),
    "any origin, with credentials": ({"allow_origins": "*"}, INCLUDE),
    "another method": ({"allow_origins": "*", "allow_methods": ["PATCH"]}, PUT),
    "GET is left out": (
        {**THE_PAGE, "allow_methods": ["PATCH"], "allow_headers": ["X-Request-Id"]},
        CUSTOM,
    ),
    "POST is left out": ({**THE_PAGE, "allow_methods": ["GET"]}, JSON),
    "no header": (THE_PAGE, CUSTOM),
    "another header": ({"allow_origins": "*", "allow_headers": ["X-Other"]}, CUSTOM),
    "a star for Authorization": ({"allow_origins": "*", "allow_headers": "*"}, TOKEN),
    "everything is missing": ({"allow_origins": [ELSEWHERE], "allow_methods": ["GET"]}, ALL),
}
"""The settings of a policy, and a request that they do not allow."""

IN_OTHER_PLACES = (
    "another origin, and a preflight",
    "None",
    "no credentials",
    "GET is left out",
    "another header",
    "everything is missing",
)
"""Faults that are tried in each place; the others only in the first place of a framework."""


def keyed(place: str, framework: str) -> str:
    """Return the key of the policy of ``items`` in a place."""
    if (framework, place) == ("falcon", "endpoints"):
        return "endpoints:/items"
    names = {"blueprint": ":api", "named": ":api", **dict.fromkeys(WHOLE, "")}
    return place + names.get(place, ":items")


def stack_of(framework: str, place: str, settings: Settings | None, **given: Any) -> Stack:
    policies: dict[str, Settings | None] = {keyed(place, framework): settings}
    if place == "named":
        policies["view:items"] = {"base": "api"}
    return Stack(framework, policies, **given)


def cells() -> Iterator[Cell]:
    for framework, places in PLACES.items():
        for place in places:
            for fault, (settings, ask) in FAULTS.items():
                if place != places[0] and fault not in IN_OTHER_PLACES:
                    continue
                if settings is None and place in ("default", "named", "wrapper", "method"):
                    continue
                yield Cell(
                    "policy", f"{framework}, {place}: {fault}",
                    stack_of(framework, place, settings), ask,
                )  # fmt: skip
        if framework != "bare":
            for name, ask in (("GET", Ask()), ("everything", ALL)):
                yield Cell("policy", f"{framework}: no policy, {name}", Stack(framework, {}), ask)
