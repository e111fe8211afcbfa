"""What the sequence diagrams of the documentation show: what pages ask of ``examples/basket.py``.

Only the requests are written down here. :class:`wsgicors.testing.Browser` makes them, and what then
crosses the wire is what is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from examples.basket import API, FILES, PAGE, api, files
from wsgicors.testing import Browser, CORSBlocked, Exchange, Page, Response


@dataclass(frozen=True)
class Scene:
    """Something that pages do, and how a picture of it is named and called."""

    name: str
    title: str
    requests: Sequence[Callable[[Page], Response]]


JSON = {"Content-Type": "application/json"}
SCENES = [
    Scene("simple", "A simple request", [lambda page: page.fetch(f"{API}/news")]),
    Scene("refused", "A simple request, refused", [lambda page: page.fetch(f"{API}/sales")]),
    Scene(
        "preflighted",
        "A preflighted request",
        [
            lambda page: page.fetch(
                f"{API}/items/1",
                method="PUT",
                headers={**JSON, "X-Request-Id": "5"},
                body="{}",
            )
        ],
    ),
    Scene(
        "credentials",
        "Requests with credentials",
        [
            lambda page: page.fetch(f"{API}/basket", credentials="include"),
            lambda page: page.fetch(
                f"{API}/basket", method="PUT", headers=JSON, body="{}", credentials="include"
            ),
        ],
    ),
    Scene(
        "redirect-simple",
        "A redirect to another origin, after a simple request",
        [lambda page: page.fetch(f"{API}/report")],
    ),
    Scene(
        "redirect-preflighted",
        "A redirect after a preflight",
        [lambda page: page.fetch(f"{API}/orders", method="PUT", headers=JSON, body="[]")],
    ),
]


@dataclass(frozen=True)
class Recorded:
    """What crossed the wire for one request of a page, and what came of it."""

    exchanges: Sequence[Exchange]
    outcome: str
    is_allowed: bool


def record(scene: Scene) -> list[Recorded]:
    """Play a scene in a new browser."""
    page = Browser({API: api, FILES: files}).page(PAGE)
    recorded = []
    for request in scene.requests:
        begun = len(page.log)
        try:
            outcome, is_allowed = _reads(request(page)), True
        except CORSBlocked as blocked:
            outcome, is_allowed = f"{blocked.step}. JavaScript gets a TypeError", False
        recorded.append(Recorded(page.log[begun:], outcome, is_allowed))
    return recorded


def _reads(answer: Response) -> str:
    headers = ", ".join(answer.headers)
    return f"JavaScript reads {answer.status}, the body and the headers {headers}"
