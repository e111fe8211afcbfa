"""What came back over the wire, and what of it decides who may read."""

import io
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any

from tests.servers.application import MARK

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Decision:
    """A status with the CORS headers and ``Vary``; lists compare as sets, doubled lines do not."""

    status: int
    cors: tuple[tuple[str, tuple[str, ...]], ...]
    vary: frozenset[str]

    @classmethod
    def read(cls, status: int, headers: Headers) -> "Decision":
        cors = [
            (name.lower(), tuple(sorted(elements(value))))
            for name, value in headers
            if name.lower().startswith("access-control-")
        ]
        vary = [
            element
            for name, value in headers
            if name.lower() == "vary"
            for element in elements(value)
        ]
        return cls(status, tuple(sorted(cors)), frozenset(name.lower() for name in vary))

    @property
    def permissions(self) -> tuple[object, object]:
        """All but the status: what a cache must not mix up."""
        return self.cors, self.vary

    @property
    def admits(self) -> bool:
        return any(name == "access-control-allow-origin" for name, _ in self.cors)

    def __str__(self) -> str:
        lines = [f"{name}: {', '.join(listed)}" for name, listed in self.cors]
        return "; ".join([str(self.status), *lines, f"vary: {', '.join(sorted(self.vary))}"])


@dataclass(frozen=True)
class Answer:
    """One response."""

    status: int
    headers: Headers
    body: bytes

    @property
    def is_from_app(self) -> bool:
        return MARK in self.headers

    @property
    def decision(self) -> Decision:
        return Decision.read(self.status, self.headers)


def elements(value: str) -> list[str]:
    return [element for part in value.split(",") if (element := part.strip())]


def read_answers(received: bytes, methods: list[str]) -> list[Answer]:
    """Read the responses to requests with these methods, as many as there are."""
    stream = _Stream(received)
    answers: list[Answer] = []
    for method in methods:
        if stream.tell() == len(received):
            break
        response = HTTPResponse(stream, method=method)  # type: ignore[arg-type]
        response.begin()
        body = response.read()
        answers.append(Answer(response.status, response.getheaders(), body))
    if rest := received[stream.tell() :]:
        raise HTTPException(f"more than {len(methods)} answers came: {rest[:200]!r}")
    return answers


class _Stream(io.BytesIO):
    """Bytes in the place of a socket, that stay open from one response to the next."""

    def makefile(self, *_: Any) -> "_Stream":
        return self

    def close(self) -> None:
        pass
