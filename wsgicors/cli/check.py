"""The command ``wsgicors check``: check files of policies."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import click

from .._core.places import without_warnings
from .._core.policy import Policy
from .._core.problems import PolicyError, Problem
from .failing import EXIT_FOUND, SEVERITIES, reaches
from .streams import visible_lines, write

SHOWN = 5
"""The most origins of a policy that are shown."""


@click.command()
@click.argument(
    "paths",
    nargs=-1,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.toml...",
)
@click.option(
    "--schema", is_flag=True, help="Print a JSON schema of such files, for editors, and exit."
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(SEVERITIES),
    help="Exit with status 1 also if there is a problem of this severity or worse. Can be given "
    "several times.",
)
def check(paths: Sequence[Path], schema: bool, fail_on: Collection[str]) -> None:
    """Check files of policies, and show who may read.

    Each line begins with a file and a line number. The exit status is 1 if a policy cannot work.
    """
    if schema == bool(paths):
        raise click.UsageError("use: wsgicors check cors.toml, or: wsgicors check --schema")
    if schema:
        write(read_schema())
        return
    severities: list[str] = []
    for path in paths:
        try:
            policies, problems = _read(path)
            lines = [*_describe(path, policies, problems)]
        except OSError as error:
            raise click.UsageError(f"{path} cannot be read: {error.strerror}") from error
        except PolicyError as error:
            problems = error.problems
            lines = [*map(_show, problems), f"{path}: {_count(len(problems), 'error')}"]
        severities += [problem.severity for problem in problems]
        write("".join(f"{visible_lines(line)}\n" for line in lines))
    if reaches(severities, {"error", *fail_on}):
        raise SystemExit(EXIT_FOUND)


def read_schema() -> str:
    """Return the JSON schema of a file of policies."""
    return files("wsgicors").joinpath("cors.schema.json").read_text("utf-8")


def _read(path: Path) -> tuple[Mapping[str, Policy], Sequence[Problem]]:
    """Return the policies of a file, and their warnings and notes.

    :raises OSError: if the file cannot be read.
    :raises PolicyError: with all faults.
    """
    from .._core.policy_files import read_policies

    with without_warnings():  # they are shown with the others
        return read_policies(path)


def _describe(
    path: Path, policies: Mapping[str, Policy], problems: Sequence[Problem]
) -> Iterator[str]:
    """Yield a line for each policy, and one for each of its warnings and notes."""
    for name, policy in policies.items():
        line = policy.place.line if policy.place else 1
        yield f"{path}:{line}: [{name}] allows {_readers(policy)}"
    yield from map(_show, problems)
    counted = [_count(len(policies), "policy", "policies")]
    for severity, word in {"warning": "warning", "info": "note"}.items():
        number = sum(problem.severity == severity for problem in problems)
        counted += [_count(number, word)] if number else []
    yield f"{path}: {', '.join(counted)}"


def _show(problem: Problem) -> str:
    if problem.severity == "error":
        return str(problem)
    return f"{problem.setting}: {problem.severity}: {problem.message} [{problem.code}]"


def _readers(policy: Policy) -> str:
    """Return the origins whose pages may read, and whether they may send cookies."""
    if policy.allow_credentials is False:
        return _list(policy.allow_origins)
    if policy.allow_credentials is True:
        return f"{_list(policy.allow_origins)}, with credentials"
    trusted = _list(policy.allow_credentials)
    return f"{_list(policy.allow_origins)}, with credentials for {trusted}"


def _list(origins: Sequence[object]) -> str:
    if origins[0] == "*":
        return "every origin"
    more = f" and {len(origins) - SHOWN} more" if len(origins) > SHOWN else ""
    return ", ".join(map(str, origins[:SHOWN])) + more


def _count(number: int, one: str, many: str = "") -> str:
    """Return how many there are, in words."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
