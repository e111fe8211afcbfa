"""Caddy with a ``handle_path`` for the files and a ``handle`` for the app of each policy."""

from lab.exports.running import FILES, PLAIN, Place, Server

CONFIGURATION = """
{{
    admin off
    auto_https off
    log {{
        level ERROR
    }}
}}
http:// {{
    bind unix/{directory}/socket
    {handles}
}}
"""

HANDLES = """
    handle_path /{name}/{files}/* {{
        {imports}
        root * {directory}/{files}
        file_server
    }}
    handle /{name}/* {{
        {imports}
        reverse_proxy 127.0.0.1:{upstream}
    }}
"""


def configure(place: Place) -> tuple[list[str], None]:
    """Write the configuration, and return the arguments for Caddy."""
    handles = [
        HANDLES.format(
            name=name,
            directory=place.directory,
            upstream=place.upstream,
            files=FILES,
            # Caddy rejects an empty file.
            imports="" if name == PLAIN else f"import {place.directory}/{name}.conf",
        )
        for name in place.names
    ]
    text = CONFIGURATION.format(directory=place.directory, handles="".join(handles))
    (place.directory / "Caddyfile").write_text(text)
    return ["run", "--adapter", "caddyfile", "--config", "Caddyfile"], None


SERVER = Server("caddy", configure, version="version")
