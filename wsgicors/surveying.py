"""What can be told of an app's routes without a request, for people to read.

It stands apart because no request needs it, and programs that serve need not wait for it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .core.policy import Policy


class Route(NamedTuple):
    """Which code a request would reach, and where its policy comes from; for people to read."""

    policy: Policy | None
    kind: str = "wrapper"
    """That of a :class:`.tables.Source`; or the wrapper itself, where there is no router; or the
    router's answer in place of a view: ``"404"``, ``"405"``, or ``"none-here"``."""
    name: str = ""
    """The name that goes with the kind."""
    methods: Sequence[str] | None = None
    """Those at this URL that have this policy; of a 405 all that are served."""
    endpoint: object = None
    rule: str = ""
    code: object = None
    """The function that serves the method, without its decorators."""
    table: str = "endpoints"
    """What people call the table ``endpoints`` where they write it."""


class Row(NamedTuple):
    """The policy in force for one method of one URL, and where it comes from."""

    url: str
    """The URL as the router's rule has it."""
    method: str
    endpoint: str
    policy: Policy | None
    kind: str
    """What gave the policy: a kind of :class:`.tables.Source`, ``prefix``, ``app`` for one policy
    of a whole app, or ``redirect`` where the router sends requests on."""
    name: str = ""
    """The name that goes with it: of a policy, an endpoint, a blueprint, or the target."""
    place: str = ""
    """The file and line of the code that serves the method, as far as it is known."""
    table: str = "endpoints"
    """What people call the table ``endpoints`` where they write it."""


class Stray(NamedTuple):
    """A mark that decides nothing."""

    name: str
    place: str
    is_above_route: bool
    """Whether the route has the view from before it was decorated and marked."""


class Survey(NamedTuple):
    """What a resolver can tell without a request."""

    rows: Sequence[Row]
    strays: Sequence[Stray] = ()
    debug: bool = False
    """Whether the app is being developed."""
