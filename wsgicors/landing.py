"""Where a router leads a method at a URL, and which policy that means."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from .core.policy import Policy
from .tables import Tables

USUAL_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
"""The methods that a view is taken to serve where nothing says which."""


class Target(NamedTuple):
    """A view, as a router finds it."""

    endpoint: Any
    """What the tables know it by, the same in every request: a name, or the URL's pattern."""
    view: object
    """What the mark is looked for on."""
    rule: str = ""
    """The URL as the router's rule has it."""
    redirect: object = None
    """Where the router itself sends requests on, if it does: a URL, or what works it out."""
    tables: Tables | None = None
    """The policies of the app that the view belongs to, where that is another one with CORS."""


class Landing(NamedTuple):
    """Where a router leads a method at a URL."""

    end: Target | Literal["unserved", "unknown"]
    """The view that serves it; or a URL that serves other methods (405), or none at all (404)."""
    served: Mapping[str, Target]
    """Every method that a view at this URL declares, with its view."""
    redirected: bool = False
    """Whether the router has redirected to where it ends."""

    @property
    def targets(self) -> Sequence[Target]:
        """Every view at this URL, once."""
        ends = [self.end] if isinstance(self.end, Target) else []
        return [*{t.endpoint: t for t in [*self.served.values(), *ends]}.values()]


NOWHERE: Final = Landing("unknown", {})
"""Where a URL leads that the router does not know."""


def policy_at(tables: Tables, landing: Landing | None, method: str) -> Policy | None:
    """Return the policy of what a request ends in: a view, a 405, a 404 or a redirect out."""
    if landing is None:
        return None
    if isinstance(landing.end, Target):
        return policy_of(tables, landing.end, method)
    if landing.end == "unknown":
        return tables.default
    policies = [policy_of(tables, target, name) for name, target in landing.served.items()]
    first, *others = policies or [None]
    return first if all(other == first for other in others) else None


def policy_of(tables: Tables, target: Target, method: str) -> Policy | None:
    """Return the policy of a view."""
    return (target.tables or tables).policy_of(target.endpoint, target.view, method)
