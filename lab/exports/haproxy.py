"""HAProxy with a backend for each policy, which has the exported rules."""

from lab.exports.application import BEHAVIOURS
from lab.exports.running import Place, Server

CONFIGURATION = """
global
    tune.bufsize 65536
    tune.http.maxhdr 256
    maxconn 64
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
frontend all
    bind unix@{directory}/socket
    {rules}
{backends}
"""

BACKEND = """
backend {name}
{export}
    server app 127.0.0.1:{upstream}
"""


def configure(place: Place) -> tuple[list[str], None]:
    """Write the configuration, and return the arguments for HAProxy."""
    rules = [f"use_backend {name} if {{ path_beg /{name}/ }}" for name in place.names]
    backends = [
        BACKEND.format(
            name=name,
            upstream=place.upstream,
            # A configuration of HAProxy cannot include a file.
            export=(place.directory / f"{name}.conf").read_text(),
        )
        for name in place.names
    ]
    text = CONFIGURATION.format(
        directory=place.directory, rules="\n    ".join(rules), backends="".join(backends)
    )
    (place.directory / "haproxy.cfg").write_text(text)
    return ["-db", "-f", "haproxy.cfg"], None


SERVER = Server("haproxy", configure, paths=(*BEHAVIOURS,))
