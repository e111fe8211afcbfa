"""Caddy with blocks for each policy, which cover the app and files."""

from functools import partial

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
    {outside}
    {blocks}
}}
"""

HANDLE = """
    handle_path /{name}/{files}/* {{
        {imports}
        {more}
        root * {directory}/{files}
        file_server
    }}
    handle /{name}/* {{
        {imports}
        {more}
        reverse_proxy 127.0.0.1:{upstream}
    }}
"""

ROUTE = """
    route /{name}/* {{
        {imports}
        {more}
        @{name}_files path /{name}/{files}/*
        handle @{name}_files {{
            uri strip_prefix /{name}
            root * {directory}
            file_server
        }}
        reverse_proxy 127.0.0.1:{upstream}
    }}
"""


def configure(
    place: Place, block: str = HANDLE, more: str = "", outside: str = ""
) -> tuple[list[str], None]:
    """Write the configuration, and return the arguments for Caddy.

    :param block: the blocks for each policy.
    :param more: directives in each block, after those of the policy.
    :param outside: directives of the site.
    """
    blocks = [
        block.format(
            name=name,
            directory=place.directory,
            upstream=place.upstream,
            files=FILES,
            more=more,
            # Caddy rejects an empty file.
            imports="" if name == PLAIN else f"import {place.directory}/{name}.conf",
        )
        for name in place.names
    ]
    text = CONFIGURATION.format(directory=place.directory, outside=outside, blocks="".join(blocks))
    (place.directory / "Caddyfile").write_text(text)
    return ["run", "--adapter", "caddyfile", "--config", "Caddyfile"], None


def server(block: str = HANDLE, more: str = "", outside: str = "") -> Server:
    """Return Caddy with blocks for each policy."""
    configured = partial(configure, block=block, more=more, outside=outside)
    return Server("caddy", configured, version="version")


SERVER = server()
