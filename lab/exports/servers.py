"""The web servers, by the names that an export takes."""

from collections.abc import Mapping

from lab.exports import apache, caddy, haproxy, nginx
from lab.exports.running import Server
from wsgicors import Policy
from wsgicors._exporting import NotExportable, export

SERVERS: Mapping[str, Server] = {
    "nginx": nginx.SERVER,
    "apache": apache.SERVER,
    "caddy": caddy.SERVER,
    "haproxy": haproxy.SERVER,
}

APPLICATION = "lab.exports.application:application"
UPSTREAM = "cheroot"
"""The server of the app, which reads all headers, also odd and long ones."""


def export_all(server: str, policies: Mapping[str, Policy]) -> tuple[dict[str, str], list[str]]:
    """Return the policies as files for a server, by name, and the names of those that it cannot."""
    exports: dict[str, str] = {}
    rejected: list[str] = []
    for name, policy in policies.items():
        try:
            identifier = name.replace("-", "_")
            exports[name] = export(policy, server, name=identifier, heading=f"The policy {name}.")
        except NotExportable:
            rejected.append(name)
    return exports, rejected
