"""HAProxy with sections for each policy, which take the exported rules."""

from functools import partial
from textwrap import indent

from lab.exports.application import BEHAVIOURS
from lab.exports.running import PLAIN, Place, Server

CONFIGURATION = """
global
    {settings}
    maxconn 64
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
frontend all
    bind unix@{directory}/socket
    {rules}
{sections}
"""

BIG_BUFFERS = "tune.bufsize 65536\n    tune.http.maxhdr 256"
"""So that the policy decides about long headers, and not HAProxy."""

BACKEND = """
backend {name}{source}
    mode http
    timeout connect 10s
    timeout server 60s
    {more}
    server app 127.0.0.1:{upstream}
"""

FRONTEND = """
backend {name}
    server next unix@{directory}/{name}
frontend {name}_front{source}
    mode http
    bind unix@{directory}/{name}
    timeout client 60s
    {more}
    default_backend {name}_app
backend {name}_app
    server app 127.0.0.1:{upstream}
"""

LISTEN = """
backend {name}
    server next unix@{directory}/{name}
listen {name}_listen
{rules}
    bind unix@{directory}/{name}
    {more}
    server app 127.0.0.1:{upstream}
"""


def configure(
    place: Place, section: str = BACKEND, more: str = "", settings: str = BIG_BUFFERS
) -> tuple[list[str], None]:
    """Write the configuration, and return the arguments for HAProxy.

    :param section: the sections for each policy.
    :param more: what is in these, after the policy.
    :param settings: what is in the section ``global``.
    """
    rules = [f"use_backend {name} if {{ path_beg /{name}/ }}" for name in place.names]
    text = CONFIGURATION.format(
        settings=settings,
        directory=place.directory,
        rules="\n    ".join(rules),
        sections="".join(_section(place, section, name, more) for name in place.names),
    )
    (place.directory / "haproxy.cfg").write_text(text)
    # HAProxy reads one file after another: it cannot include them.
    files = [f"{name}.conf" for name in place.names if name != PLAIN]
    return ["-db", *(part for file in [*files, "haproxy.cfg"] for part in ("-f", file))], None


def _section(place: Place, section: str, name: str, more: str) -> str:
    exported = (place.directory / f"{name}.conf").read_text().partition("\n\n# Proxies")[0]
    return section.format(
        name=name,
        source="" if name == PLAIN else f" from cors_{name.replace('-', '_')}",
        directory=place.directory,
        more=more,
        rules=indent(exported.partition("defaults ")[2].partition("\n")[2], "    "),
        upstream=place.upstream,
    )


def server(section: str = BACKEND, more: str = "", settings: str = BIG_BUFFERS) -> Server:
    """Return HAProxy with sections for each policy."""
    configured = partial(configure, section=section, more=more, settings=settings)
    return Server("haproxy", configured, paths=(*BEHAVIOURS,))


SERVER = server()
