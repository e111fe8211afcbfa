"""Write a policy as the configuration of a web server, which then answers with CORS itself.

:mod:`.rules` says what a server has to do, or why it cannot. One module for each server writes
that down in the server's own language.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from .._core.policy import Policy
from . import apache, caddy, haproxy, nginx
from .rules import NotExportable as NotExportable
from .rules import Rules

MAX_NAME_LENGTH = 24
"""Characters in the name of a policy. nginx refuses to start if that of a variable has 47."""


class Server(NamedTuple):
    """How a policy is written for one web server."""

    title: str
    """Its name, as its documentation spells it."""
    write: Callable[[Rules, str], str]
    """Returns the directives, from the rules and the name of the policy."""
    include: str
    """How to include them, for the comment at the top; ``{name}`` is the name of the policy."""
    file: str
    """Where to put them."""
    write_maps: Callable[[Rules, str], str] | None = None
    """Returns a second part that belongs elsewhere, if the server needs one."""
    maps_file: str = ""
    """Where to put the second part."""


SERVERS: Mapping[str, Server] = {
    "apache": Server("Apache", apache.write, apache.INCLUDE, apache.FILE),
    "caddy": Server("Caddy", caddy.write, caddy.INCLUDE, caddy.FILE),
    "haproxy": Server("HAProxy", haproxy.write, haproxy.INCLUDE, haproxy.FILE),
    "nginx": Server(
        "nginx", nginx.write, nginx.INCLUDE, nginx.FILE, nginx.write_maps, nginx.MAPS_FILE
    ),
}
"""The web servers, by the names that the command takes."""


def export(policy: Policy, server: str, *, name: str, heading: str, maps: bool = False) -> str:
    """Return a policy as a file for a web server to include.

    :param server: one of :data:`SERVERS`.
    :param name: an identifier for variables and the like, different for each policy of a server.
    :param heading: where the file comes from, for the comment at its top; may have several lines.
    :param maps: whether to return the second part, of a server that has one.
    :raises NotExportable: if the server cannot do what the policy needs.
    """
    found = SERVERS[server]
    writers = [found.write, found.write_maps or found.write]
    # Both are written, so that a server has either all parts of a policy or none.
    directives = [write(Rules.of(policy), name) for write in writers][maps]
    lines = f"{heading}\n\n{found.include.format(name=name)}".splitlines()
    comment = "\n".join(f"# {line}".rstrip() for line in lines)
    return f"{comment}\n\n{directives}"
