"""Policies by name: given in code or by configuration, as policies or as tables of settings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from .arguments import one_policy
from .core.policy import Policy
from .core.problems import Findings, PolicyError, Problem
from .core.settings import Settings

DEFAULT = "default"
"""The name of the policy for endpoints that nothing else speaks of, and for unknown URLs."""


def with_default(
    policies: Mapping[str, Policy | Settings],
    policy: Policy | None,
    settings: Settings,
    also: Sequence[str],
) -> Mapping[str, Policy | Settings]:
    """Add the policy given on its own to the named ones, as the default.

    :param also: the keywords that ``CORS`` takes beside settings.
    :raises TypeError: if there are two defaults.
    """
    if not isinstance(policies, Mapping):
        raise TypeError(f"{policies!r} is no table; write policies={{'name': Policy(...)}}")
    if policy is None and not settings:
        return policies
    if DEFAULT in policies:
        raise TypeError(f"policies[{DEFAULT!r}] is the default already; leave out the other policy")
    default = cast("Policy", one_policy("CORS", policy, None, settings, also))
    return {**policies, DEFAULT: default}


def with_configured(
    policies: Mapping[str, Policy | Settings], configured: object, where: str
) -> Mapping[str, Policy | Settings]:
    """Add the policies of an app's configuration.

    :param where: the name of what holds them there.
    :raises PolicyError: if they are no table, or a policy is defined in both places.
    """
    findings = Findings()
    added = dict(cast("Iterable[tuple[str, Settings]]", items_of(where, configured, findings)))
    for name in policies.keys() & added:
        message = "CORS(app) defines it too; keep one of them"
        findings.report("defined-twice", f"{where}[{name!r}]", name, message)
    findings.conclude("the CORS policies of this app cannot work")
    return {**policies, **added}


def read_policies(
    policies: Mapping[str, Policy | Settings], findings: Findings, table: str = "policies"
) -> dict[str, Policy]:
    """Read policies by name; what is wrong with them is told in findings.

    :param table: what people call their table.
    """
    named: dict[str, Policy] = {}
    for name, given in items_of(table, policies, findings):
        where = f"{table}[{name!r}]"
        if not (isinstance(name, str) and name.isidentifier()):
            message = f"{name!r} cannot name a policy; write letters, digits and underscores"
            findings.report("invalid-name", where, name, message)
        if isinstance(given, Policy):
            named[name] = given
        elif not isinstance(given, Mapping):
            advice = "write Policy(...), or a table of its settings"
            findings.wrong_type(where, given, "a policy", advice)
        else:
            try:
                named[name] = Policy(**cast("Settings", dict(cast("Mapping[str, Any]", given))))
            except PolicyError as error:
                report_at(where, error.problems, findings)
            except TypeError as error:  # an unknown setting, or no allow_origins
                findings.report("wrong-type", where, name, str(error))
    return named


def items_of(table: str, given: object, findings: Findings) -> Iterable[tuple[Any, object]]:
    """Return the items of a table, or nothing of what is none."""
    if isinstance(given, Mapping):
        return cast("Mapping[Any, object]", given).items()
    findings.wrong_type(table, given, "a table", f"write {table}={{...}}")
    return ()


def report_at(where: str, problems: Iterable[Problem], findings: Findings) -> None:
    """Report the problems of one policy among those of the whole app."""
    for problem in problems:
        setting = f"{where}, {problem.setting}"
        found = Problem(problem.code, problem.severity, setting, problem.value, problem.message)
        findings.problems.append(found)
