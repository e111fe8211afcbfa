"""Responses as they came over the wire, and the part of them that CORS decides."""

import io
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any

from lab.servers.application import MARK

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Decision:
    """A status with the CORS headers and ``Vary``: lists compare as sets, repeated lines count."""

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
        """All but the status: a cache must never mix them up."""
        return self.cors, self.vary

    @property
    def allows(self) -> bool:
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
    """Read the responses to requests with these methods."""
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
        raise HTTPException(f"more than {len(methods)} responses came: {rest[:200]!r}")
    return answers


class _Stream(io.BytesIO):
    """Bytes instead of a socket, which stay open from one response to the next."""

    def makefile(self, *_: Any) -> "_Stream":
        return self

    def close(self) -> None:
        pass
