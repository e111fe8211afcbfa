"""Requests through nginx, from several clients at a time, and the CORS headers that they get."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import repeat
from typing import NamedTuple

from lab.scaling.application import APP, PARTNER, WORKER
from lab.servers.running import ANSWERING

CLIENTS = 8


class Question(NamedTuple):
    """A request to ``/items``."""

    method: str
    origin: str | None
    requested: str | None = None
    """The method that a preflight asks for."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request."""
        headers = {} if self.origin is None else {"Origin": self.origin}
        if self.requested is not None:
            headers["Access-Control-Request-Method"] = self.requested
            headers["Access-Control-Request-Headers"] = "content-type"
        return headers


GET = Question("GET", APP)
PREFLIGHT = Question("OPTIONS", APP, "PUT")
WIDENED = Question("OPTIONS", PARTNER, "PUT")
"""A preflight that is granted once the partner is allowed."""
QUESTIONS = (
    GET,
    Question("GET", PARTNER),
    Question("GET", None),
    PREFLIGHT,
    WIDENED,
    Question("OPTIONS", APP, "DELETE"),
)


class Answer(NamedTuple):
    """What CORS says in a response."""

    status: int
    lines: tuple[tuple[str, str], ...]
    """The lines of CORS and ``Vary``, in their order and spelling."""


class Given(NamedTuple):
    """A question, its answer, and the worker that gave it."""

    question: Question
    answer: Answer
    worker: str | None


def ask_all(port: int, site: str, questions: Sequence[Question]) -> list[Given]:
    """Ask questions, several at a time."""
    parts = [questions[number::CLIENTS] for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        done = pool.map(_ask_in_turn, repeat(port), repeat(site), parts)
        return [given for part in done for given in part]


def _ask_in_turn(port: int, site: str, questions: Sequence[Question]) -> list[Given]:
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWERING)
    try:
        return [_ask(connection, site, question) for question in questions]
    finally:
        connection.close()


def _ask(connection: HTTPConnection, site: str, question: Question) -> Given:
    connection.request(question.method, f"/{site}/items", headers=question.headers)
    response = connection.getresponse()
    response.read()
    lines = [
        line
        for line in response.getheaders()
        if line[0].lower().startswith(("access-control-", "vary"))
    ]
    return Given(question, Answer(response.status, tuple(lines)), response.getheader(WORKER))
