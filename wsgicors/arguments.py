"""Checking what a wrapper or an adapter is called with, before anything is served."""

from collections.abc import Sequence

from .core.policy import Policy, Settings, check_names


def one_policy(
    what: str,
    policy: object,
    resolve: object,
    settings: Settings,
    also: Sequence[str] = ("policy", "resolve"),
) -> Policy | None:
    """Return the policy that exactly one of the three ways gives; a resolver gives none."""
    check_names(what, settings, also=also)
    if sum((policy is not None, resolve is not None, bool(settings))) != 1:
        ways = ", or resolve=..." if "resolve" in also else ""
        raise TypeError(
            f"{what}() takes one of: a policy, settings such as "
            f'allow_origins=["https://app.example"]{ways}'
        )
    if resolve is not None and not callable(resolve):
        raise TypeError(f"{resolve!r} is no resolver; write a function (environ, method) -> Policy")
    if settings:
        return Policy(**settings)
    if policy is not None and not isinstance(policy, Policy):
        write = f"allow_origins={policy!r}" if isinstance(policy, str | list) else "Policy(...)"
        raise TypeError(f"{policy!r} is no Policy; write {write}")
    return policy
