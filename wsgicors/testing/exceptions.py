"""The exceptions of a fetch: which check failed, and what to change."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .._core.headers import Header, visible

if TYPE_CHECKING:
    from .log import Log


def _no_consoles(error: "NetworkError") -> dict[str, str | None]:
    return {}


class NetworkError(Exception):
    """A fetch that failed; in a browser, JavaScript sees only a ``TypeError``.

    :ivar step: the section of Fetch, and what is wrong.
    """

    def __init__(self, message: str, step: str = "") -> None:
        self.step = step
        self.read_consoles: Callable[[NetworkError], dict[str, str | None]] = _no_consoles
        super().__init__(message)

    @cached_property
    def console(self) -> dict[str, str | None]:
        """What ``chromium``, ``firefox`` and ``webkit`` print in their consoles.

        Each is judged by its own profile. It has ``None`` if it lets the request pass, or would
        send an actual request that this fetch did not send: reading this sends only preflights.
        A copy and a pickled error have no consoles unless they were read before.
        """
        consoles = self.read_consoles(self)
        self.read_consoles = _no_consoles  # so that the app and the browser are not kept
        return consoles

    def __reduce__(self) -> tuple[object, ...]:
        state = {**vars(self), "read_consoles": _no_consoles}
        return type(self), self.args, state


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check of the standard that a response or a request does not pass."""

    step: str
    """The section of Fetch, and what is wrong."""
    received: str
    needed: str
    setting: str
    """The policy setting to change; empty if no setting can help."""
    hint: str
    """What to change, in words; they begin with the setting if there is one."""
    line: Header | None = None
    """A header line that would pass the check, if there is one."""


class CheckFailed(Exception):
    """Raised by a check that fails; :func:`.fetch.fetch` turns it into :class:`CORSBlocked`."""

    def __init__(self, failed_check: FailedCheck) -> None:
        super().__init__(failed_check.step)
        self.failed_check = failed_check


class CORSBlocked(NetworkError):
    """A fetch that the browser blocked because of CORS.

    :ivar step: the section of Fetch, and what is wrong, such as ``"CORS check: ..."``.
    :ivar received: what the server sent.
    :ivar needed: what would have passed.
    :ivar setting: the policy setting to change; empty if no setting can help.
    :ivar hint: what to change, in words.
    :ivar log: the exchanges of this fetch.
    """

    def __init__(self, what: str, failed_check: FailedCheck, log: "Log") -> None:
        self.what = what
        self.received = failed_check.received
        self.needed = failed_check.needed
        self.setting = failed_check.setting
        self.hint = failed_check.hint
        self.failed_check = failed_check
        self.log = log
        super().__init__(what, failed_check.step)
        self.args = what, failed_check, log

    def __str__(self) -> str:
        lines = [
            f"{self.what} was blocked",
            f"  step      {self.step}",
            f"  received  {self.received}",
            f"  needed    {self.needed}",
            f"  change    {self.hint}",
            "",
            *(f"  {line}" for line in str(self.log).split("\n")),
        ]
        return "\n".join(map(visible, lines))  # a server may have sent control characters
