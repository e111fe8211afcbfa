"""Small WSGI apps and a way to call them as a server does, seeing everything."""

import logging
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.util import setup_testing_defaults

APP = "https://app.example"
OTHER = "https://other.example"


def environ(method: str = "GET", path: str = "/", **variables: str) -> dict[str, Any]:
    """Make the environ of a request; ``origin=`` and the like become its headers."""
    made: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": "api.example"}
    made |= {"SCRIPT_NAME": "", "QUERY_STRING": ""}
    setup_testing_defaults(made)
    for name, value in variables.items():
        made[f"HTTP_{name.upper()}"] = value
    return made


def preflight(path: str = "/", *, origin: str = APP, method: str = "GET", **headers: str) -> Any:
    """Make the environ of a preflight."""
    asked = {"access_control_request_method": method, **headers}
    return environ("OPTIONS", path, origin=origin, **asked)


class Response:
    """What a server would have sent."""

    def __init__(self, app: Callable[..., Iterable[bytes]], request: dict[str, Any]) -> None:
        self.started: list[tuple[Any, ...]] = []
        self.written: list[bytes] = []
        self.iterable = app(request, self._start)
        self.body = b"".join([*self.written, *self.iterable])
        close = getattr(self.iterable, "close", None)
        if close is not None:
            close()

    def _start(self, *arguments: Any) -> Callable[[bytes], object]:
        self.started.append(arguments)
        return self.written.append

    @property
    def status(self) -> str:
        return self.started[-1][0]

    @property
    def lines(self) -> list[tuple[str, str]]:
        return self.started[-1][1]

    def all(self, name: str) -> list[str]:
        """Return the values of every line of that name."""
        return [value for line, value in self.lines if line.lower() == name.lower()]

    def __getitem__(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) < 2, f"{name} is doubled: {values}"
        return values[0] if values else None


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer every request alike."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def but_coverage(records: Iterable[logging.LogRecord]) -> list[logging.LogRecord]:
    """Return the records but the one that counts the views with a policy, once for each app."""
    return [record for record in records if "views have a CORS policy" not in record.msg]
