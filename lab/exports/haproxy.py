"""HAProxy with a backend for each policy, which takes the exported rules."""

from lab.exports.application import BEHAVIOURS
from lab.exports.running import PLAIN, Place, Server

CONFIGURATION = """
global
    tune.bufsize 65536
    tune.http.maxhdr 256
    maxconn 64
defaults
    mode http
    timeout client 60s
frontend all
    bind unix@{directory}/socket
    {rules}
{backends}
"""

BACKEND = """
backend {name}{rules}
    mode http
    timeout connect 10s
    timeout server 60s
    server app 127.0.0.1:{upstream}
"""


def configure(place: Place) -> tuple[list[str], None]:
    """Write the configuration, and return the arguments for HAProxy."""
    rules = [f"use_backend {name} if {{ path_beg /{name}/ }}" for name in place.names]
    backends = [
        BACKEND.format(
            name=name,
            upstream=place.upstream,
            rules="" if name == PLAIN else f" from cors_{name.replace('-', '_')}",
        )
        for name in place.names
    ]
    text = CONFIGURATION.format(
        directory=place.directory, rules="\n    ".join(rules), backends="".join(backends)
    )
    (place.directory / "haproxy.cfg").write_text(text)
    # HAProxy reads one file after another: sections in place of includes.
    files = [f"{name}.conf" for name in place.names if name != PLAIN]
    return ["-db", *(part for file in [*files, "haproxy.cfg"] for part in ("-f", file))], None


SERVER = Server("haproxy", configure, paths=(*BEHAVIOURS,))
