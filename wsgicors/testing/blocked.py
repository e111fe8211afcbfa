"""The errors of a fetch: what failed, and what to change."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.headers import Header

if TYPE_CHECKING:
    from .log import Log


class NetworkError(Exception):
    """A fetch that failed; script sees no more than a ``TypeError``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The step of the standard that a response does not pass."""

    step: str
    """The section of Fetch, and the question that it asks."""
    received: str
    needed: str
    setting: str
    """The setting of a policy to change; empty if it is something else."""
    hint: str
    """What to change, in words that begin with the setting, if it is one."""
    line: Header | None = None
    """The header line that would have passed, if one would."""


class FaultFound(Exception):
    """Carries a fault out of the step that found it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.step)
        self.fault = fault


class CORSBlocked(NetworkError):
    """A fetch that the browser blocked because of CORS.

    :ivar step: the section of Fetch and its question, such as ``"CORS check: ..."``.
    :ivar received: what the server answered.
    :ivar needed: what would have passed.
    :ivar setting: the setting of a policy to change; empty if it is something else.
    :ivar hint: what to change, in words.
    :ivar log: the exchange so far.
    """

    def __init__(self, what: str, fault: Fault, log: "Log") -> None:
        self.what = what
        self.step = fault.step
        self.received = fault.received
        self.needed = fault.needed
        self.setting = fault.setting
        self.hint = fault.hint
        self.fault = fault
        self.log = log
        super().__init__(what, fault, log)

    def __str__(self) -> str:
        exchange = str(self.log).replace("\n", "\n  ")
        return (
            f"{self.what} was blocked\n"
            f"  step      {self.step}\n"
            f"  received  {self.received}\n"
            f"  needed    {self.needed}\n"
            f"  change    {self.hint}\n\n"
            f"  {exchange}"
        )
