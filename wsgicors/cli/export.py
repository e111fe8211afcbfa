"""``wsgicors export``: print a policy as a file for a web server to include."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import click

from .._core.headers import visible
from .._core.places import Place, without_warnings
from .._core.policy import Policy
from .._exporting import MAX_NAME_LENGTH, SERVERS, NotExportable
from .._exporting import export as write_export
from ..auditing.about import versions
from .capturing import capturing
from .policies import load_policy

_NAME = re.compile(f"[a-z0-9][a-z0-9_]{{0,{MAX_NAME_LENGTH - 1}}}")


@click.command()
@click.argument("server", type=click.Choice([*SERVERS]))
@click.argument("spec", metavar="MODULE:POLICY")
@click.option("--maps", is_flag=True, help="Print the second file that nginx needs: its maps.")
@click.option(
    "--name",
    help="What variables and files are named after, if two policies of a server have the same "
    "name.  "
    "[default: the name of the policy]",
)
@without_warnings()
def export(server: str, spec: str, maps: bool, name: str | None) -> None:
    """Print a policy as a file for a web server, which then answers with CORS itself.

    Use it for files that the server itself serves: fonts, images and downloads. The comment at
    the top says how to include it. The policy may be in a table, 'shop:POLICIES["api"]', or in a
    TOML file, cors.toml:api.

    Exit status: 0 if the file is printed, 2 if the command was used incorrectly or the server
    cannot do what the policy needs; then nothing is printed.
    """
    if maps and SERVERS[server].write_maps is None:
        title = SERVERS[server].title
        raise click.UsageError(f"{title} needs only one file; leave out --maps")
    with capturing() as write:
        policy, found = load_policy(spec)
        given = () if name is None else ("--name", name)
        name = _identifier(found) if name is None else _check(name)
        heading = _heading(server, spec, policy, name, given)
        try:
            text = write_export(policy, server, name=name, heading=heading, maps=maps)
        except NotExportable as error:
            raise click.UsageError(
                f"{SERVERS[server].title} cannot apply {spec!r}: {error}"
            ) from error
        write(text)


def _identifier(found: str) -> str:
    """Return the name of a policy, if it can be part of an identifier."""
    if not _NAME.fullmatch(found):
        near = re.sub("[^a-z0-9]+", "_", found.lower()).strip("_")
        example = near if _NAME.fullmatch(near) else "api"
        raise click.UsageError(
            f"{found!r} cannot be part of the name of a variable; use --name, such as "
            f"--name {example}"
        )
    return found


def _check(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise click.BadParameter(
            f"{name!r} cannot be part of the name of a variable; use at most {MAX_NAME_LENGTH} "
            f"letters in lower case, digits and underscores, such as 'api'",
            param_hint="--name",
        )
    return name


def _heading(server: str, spec: str, policy: Policy, name: str, given: Sequence[str]) -> str:
    """Return where a file comes from: the policy, its line, and the commands that write it.

    :param given: the option with the name.
    """
    at = f" ({_shown(policy.place)})" if policy.place else ""
    version = f"wsgicors {versions()['wsgicors']}".strip()
    lines = [
        f"The CORS policy {spec}{at} for {SERVERS[server].title}, written by {version}.",
        "To change it, change the policy, and write it again:",
        "",
    ]
    for option, path in ("--maps", SERVERS[server].maps_file), ("", SERVERS[server].file):
        if path:
            file = PurePosixPath(path.format(name=name))
            command = ["wsgicors", "export", server, *filter(None, [option]), *given, spec]
            # A file that is in use is replaced only if the command succeeds.
            move = f"&& sudo mv {file.name} {file.parent}/"
            lines.append(f"    {shlex.join(command)} > {file.name} {move}")
    lines += [
        "",
        f"Each policy of a server needs its own name: this is {name}. Use --name to change it.",
    ]
    return "\n".join(map(visible, lines))


def _shown(place: Place) -> str:
    """Return the line of a policy; its file as seen from the current directory."""
    file = Path(place.file)
    shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    return f"{shown}:{place.line}"
