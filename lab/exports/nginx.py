"""nginx with a pair of locations for each policy: one for the app, one for files."""

from lab import nginx
from lab.exports.policies import POLICIES
from lab.exports.running import FILES, PLAIN, Place, Server
from wsgicors._exporting import export

CONFIGURATION = """
default_type text/plain;
# So that the policy decides about long headers, and not nginx.
large_client_header_buffers 8 64k;
proxy_buffer_size 64k;
proxy_buffers 8 64k;
proxy_busy_buffers_size 128k;
{maps}
upstream app {{
    server 127.0.0.1:{upstream};
    keepalive 4;
}}
server {{
    listen unix:{directory}/socket;
    location @range {{
        return 416;
    }}
    {locations}
}}
"""

LOCATIONS = """
    location /{name}/ {{
        include {directory}/{name}.conf;
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }}
    location /{name}/{files}/ {{
        include {directory}/{name}.conf;
        error_page 416 @range;
        alias {directory}/{files}/;
    }}
"""


def configure(place: Place) -> tuple[list[str], None]:
    """Write the configuration, and return the arguments for nginx."""
    directory = place.directory
    locations = [
        LOCATIONS.format(name=name, directory=directory, files=FILES) for name in place.names
    ]
    http = CONFIGURATION.format(
        maps="\n".join(_maps(name) for name in place.names),
        directory=directory,
        upstream=place.upstream,
        locations="".join(locations),
    )
    return nginx.configure(directory, http), None


def _maps(name: str) -> str:
    """Return the part of an export that belongs to ``http``."""
    if name == PLAIN:
        return ""
    return export(POLICIES[name], "nginx", name=name.replace("-", "_"), heading=name, maps=True)


SERVER = Server("nginx", configure)
