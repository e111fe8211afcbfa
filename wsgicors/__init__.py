"""CORS for WSGI, decided per endpoint.

A view carries its policy, a resolver asks the router which view a request would reach, and one
WSGI wrapper writes the headers. Frameworks have adapters of their own, such as
:mod:`wsgicors.flask`; importing this package loads none of them.
"""

from typing import TYPE_CHECKING

from ._core.origins import Origin
from ._core.policy import Policy
from ._core.problems import PolicyError, Problem
from ._middleware import CORSMiddleware, wrap
from ._resolver import Endpoint

if TYPE_CHECKING:
    from ._core.policy_files import load_policies
    from ._reporting.events import Event

__all__ = [
    "CORSMiddleware",
    "Endpoint",
    "Event",
    "Origin",
    "Policy",
    "PolicyError",
    "Problem",
    "load_policies",
    "wrap",
]

# So that a traceback says wsgicors.PolicyError, which can be imported.
for _name in globals().keys() & __all__:
    globals()[_name].__module__ = __name__


def __getattr__(name: str) -> object:
    """Import a name when it is used, because most apps do not use it and it takes long."""
    if name == "Event":
        from ._reporting.events import Event

        return Event
    if name == "load_policies":
        from ._core.policy_files import load_policies

        return load_policies
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return all names, also those that are not imported yet."""
    return sorted(globals().keys() | __all__)
