"""Apache with a ``<Location>`` for each policy, which covers the app and files."""

import socket
from pathlib import Path

from lab.exports.running import FILES, Place, Server

MODULES = ["mpm_event", "authz_core", "mime", "dir", "alias", "headers", "setenvif", "rewrite"]
MODULES += ["proxy", "proxy_http"]

PLACES = ["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/libexec/apache2"]

CONFIGURATION = """
{modules}
ServerRoot "{directory}"
ServerName api.example
PidFile "{directory}/pid"
DefaultRuntimeDir "{directory}"
ErrorLog "{directory}/log"
Listen 127.0.0.1:{port}
# For Apache that root starts; ignored otherwise.
User "#65534"
Group "#65534"
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
MaxKeepAliveRequests 0
KeepAliveTimeout 60
TypesConfig /dev/null
# So that the policy decides about long headers, and not Apache.
LimitRequestFieldSize 65536
<Directory "{directory}/{files}">
    Require all granted
</Directory>
{locations}
"""

LOCATIONS = """
ProxyPass "/{name}/{files}/" !
Alias "/{name}/{files}/" "{directory}/{files}/"
<Location "/{name}/">
    ProxyPass "http://127.0.0.1:{upstream}/{name}/"
    Include "{directory}/{name}.conf"
</Location>
"""


def configure(place: Place) -> tuple[list[str], int]:
    """Write the configuration, and return the arguments for Apache, and its port."""
    folder = next(path for path in PLACES if Path(path).is_dir())
    modules = [f"LoadModule {name}_module {folder}/mod_{name}.so" for name in MODULES]
    locations = [
        LOCATIONS.format(name=name, directory=place.directory, upstream=place.upstream, files=FILES)
        for name in place.names
    ]
    with socket.create_server(("127.0.0.1", 0)) as unused:  # Apache listens at ports only
        port: int = unused.getsockname()[1]
    text = CONFIGURATION.format(
        modules="\n".join(modules),
        directory=place.directory,
        files=FILES,
        port=port,
        locations="".join(locations),
    )
    (place.directory / "apache.conf").write_text(text)
    return ["-DFOREGROUND", "-f", f"{place.directory}/apache.conf"], port


SERVER = Server("apache2", configure)
