"""CORS for WSGI, decided per endpoint.

A view carries its policy, a resolver asks the router which view a request would reach, and one
WSGI wrapper writes the headers. Frameworks have adapters of their own, such as
:mod:`wsgicors.flask`; importing this package loads none of them.
"""

from ._core.origins import Origin
from ._core.policy import Policy
from ._core.problems import PolicyError, Problem
from ._events import Event
from ._middleware import CORSMiddleware, wrap
from ._resolver import Endpoint

__all__ = [
    "CORSMiddleware",
    "Endpoint",
    "Event",
    "Origin",
    "Policy",
    "PolicyError",
    "Problem",
    "wrap",
]

# So that a traceback says wsgicors.PolicyError, which can be imported.
for _name in __all__:
    globals()[_name].__module__ = __name__
