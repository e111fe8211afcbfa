"""Apache with each policy in a section of its own."""

import socket
from functools import partial
from pathlib import Path

from lab.exports import application
from lab.exports.running import FILES, Place, Server, add_files

MODULES = [
    "mpm_event",
    "authz_core",
    "authn_core",
    "authn_file",
    "authz_user",
    "authz_host",
    "auth_basic",
    "mime",
    "dir",
    "alias",
    "headers",
    "rewrite",
    "cgi",
    "proxy",
    "proxy_http",
]

FOLDERS = ["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/libexec/apache2"]

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
<Directory "{directory}">
    Require all granted
</Directory>
{sections}
"""

LOCATION = """
ProxyPass "/{name}/{files}/" !
Alias "/{name}/{files}/" "{directory}/{files}/"
<Location "/{name}/">
    {more}
    ProxyPass "http://127.0.0.1:{upstream}/{name}/"
    Include "{directory}/{name}.conf"
</Location>
"""

VIRTUAL_HOST = """
<VirtualHost 127.0.0.1:{port}>
    ServerName "{name}.example"
    {more}
    ProxyPass "/{name}/{files}/" !
    ProxyPass "/{name}/" "http://127.0.0.1:{upstream}/{name}/"
    Alias "/{name}/{files}/" "{directory}/{files}/"
    Include "{directory}/{name}.conf"
</VirtualHost>
"""

DIRECTORY = """
Alias "/{name}/{files}/" "{directory}/{name}/"
<Directory "{directory}/{name}">
    {more}
    Include "{directory}/{name}.conf"
</Directory>
"""

HTACCESS = """
Alias "/{name}/{files}/" "{directory}/{name}/"
<Directory "{directory}/{name}">
    AllowOverride AuthConfig FileInfo
    {more}
</Directory>
"""


def configure(place: Place, section: str = LOCATION, more: str = "") -> tuple[list[str], int]:
    """Write the configuration, and return the arguments for Apache, and its port.

    :param section: the section for each policy.
    :param more: directives in each section, before those of the policy.
    """
    with socket.create_server(("127.0.0.1", 0)) as unused:  # Apache listens at ports only
        port: int = unused.getsockname()[1]
    text = CONFIGURATION.format(
        modules="\n".join(_modules()),
        directory=place.directory,
        port=port,
        sections="".join(_section(place, section, port, name, more) for name in place.names),
    )
    (place.directory / "apache.conf").write_text(text)
    return ["-DFOREGROUND", "-f", f"{place.directory}/apache.conf"], port


def _modules() -> list[str]:
    folder = next(path for path in FOLDERS if Path(path).is_dir())
    return [f"LoadModule {name}_module {folder}/mod_{name}.so" for name in MODULES]


def _section(place: Place, section: str, port: int, name: str, more: str) -> str:
    text = section.format(
        name=name,
        files=FILES,
        directory=place.directory,
        upstream=place.upstream,
        port=port,
        more=more.format(directory=place.directory),
    )
    if section in {DIRECTORY, HTACCESS}:
        folder = place.directory / name
        add_files(folder)
        if section == HTACCESS:
            (folder / ".htaccess").write_text((place.directory / f"{name}.conf").read_text())
    return text


def server(section: str = LOCATION, more: str = "") -> Server:
    """Return Apache with a section for each policy."""
    paths = application.FILES if section in {DIRECTORY, HTACCESS} else application.PATHS
    return Server("apache2", partial(configure, section=section, more=more), paths=paths)


SERVER = server()
