"""CORS for WSGI, decided per endpoint.

A view carries its policy, a resolver asks the router which view a request would reach, and one
WSGI wrapper writes the headers. Frameworks have adapters of their own, such as
:mod:`wsgicors.flask`; importing this package loads none of them.
"""

from .core.origins import Origin
from .core.policy import Policy
from .core.problems import PolicyError, Problem
from .resolving import Endpoint
from .wsgi import CORSMiddleware, wrap

__all__ = ["CORSMiddleware", "Endpoint", "Origin", "Policy", "PolicyError", "Problem", "wrap"]
