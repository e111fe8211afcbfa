"""What can be wrong with a policy: the codes, their severities, and how faults are told.

Codes are stable: programs compare them, people accept risks by them, messages may be reworded.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from .values import Value

Severity = Literal["error", "warning", "info"]


class Code(NamedTuple):
    """What a problem's code stands for."""

    severity: Severity
    meaning: str
    is_risk: bool = False
    """Whether someone who has looked at it may accept it, by naming it in ``accept_risks``."""


CODES: dict[str, Code] = {
    # Values that cannot be what was meant.
    "wrong-type": Code("error", "a value of another type than the setting takes"),
    "no-origins": Code("error", "a policy that admits nobody"),
    "unknown-risk": Code("error", "a name in accept_risks that is no risk's code"),
    "unknown-policy": Code("error", "a mark or a table that names a policy nobody defined"),
    "marked-endpoint": Code("error", "an entry for an endpoint whose view carries a mark"),
    "defined-twice": Code("error", "a policy that is defined in two places"),
    "unknown-endpoint": Code("error", "a table that names an endpoint or a blueprint nobody made"),
    # Origins.
    "origin-syntax": Code("error", "an origin spelt as no browser sends it"),
    "origin-without-scheme": Code("error", "an origin without a scheme"),
    "origin-not-ascii": Code("error", "an origin whose host is not in its ASCII form"),
    "origin-ip-spelling": Code("error", "an IP address that is not in its canonical form"),
    "any-origin-pattern": Code("error", "a pattern that admits every host or every scheme"),
    "invalid-pattern": Code("error", "a wildcard where none can stand"),
    "wildcard-with-credentials": Code("error", "every origin, with credentials"),
    "opaque-origin": Code("error", "the origin of any sandboxed or local document", True),
    "opaque-origin-with-credentials": Code("error", "the same, with credentials"),
    "callable-with-credentials": Code("error", "code decides who is trusted with cookies", True),
    "plain-http-origin": Code("error", "an unencrypted origin is trusted with cookies", True),
    "subdomains-with-credentials": Code("warning", "every subdomain is trusted with cookies", True),
    "public-suffix-wildcard": Code("warning", "a wildcard over other people's sites", True),
    "public-suffix-wildcard-with-credentials": Code("error", "the same, with credentials", True),
    "development-origin": Code("info", "a loopback origin is trusted with cookies"),
    # Methods and headers.
    "invalid-name": Code("error", "a method or a header name that is no token"),
    "forbidden-method": Code("error", "a method that browsers never let script use"),
    "method-case": Code("warning", "a method in a case that nobody sends by accident"),
    "options-listed": Code("info", "OPTIONS is listed, which preflights do not need"),
    "forbidden-request-header": Code("error", "a request header that script cannot set"),
    "forbidden-response-header": Code("error", "a response header that script cannot read"),
    "misplaced-header": Code("error", "a header of a response among request headers, or so"),
    "expose-wildcard-with-credentials": Code("error", "with credentials * is a literal name"),
    "wildcard-without-authorization": Code("info", "* does not cover Authorization"),
    "credentials-with-authorization": Code("info", "cookies and bearer tokens together"),
    "content-type-not-allowed": Code("info", "JSON bodies will be refused"),
    "redundant": Code("info", "an entry that changes nothing, left out"),
    # Seconds.
    "invalid-max-age": Code("error", "a max_age that is no whole number of seconds up to a day"),
    "max-age-above-caps": Code("info", "a max_age longer than browsers honour"),
}
"""Every code there is."""

RISKS = frozenset(code for code, entry in CODES.items() if entry.is_risk)
"""The codes that ``accept_risks`` takes."""


class Problem(Value):
    """One thing that is wrong, or worth knowing, about a policy.

    >>> from wsgicors import Policy
    >>> [problem.code for problem in Policy("https://app.example", max_age=9000).problems]
    ['max-age-above-caps']
    """

    __slots__ = ("code", "message", "setting", "severity", "value")

    code: str
    severity: Severity
    setting: str
    value: object
    """What was given."""
    message: str
    """What was given, why it cannot work, and what to write instead."""

    def __init__(
        self, code: str, severity: Severity, setting: str, value: object, message: str
    ) -> None:
        self._set(code, severity, setting, value, message)

    def __str__(self) -> str:
        return f"{self.setting}: {self.message}"


class PolicyError(ValueError):
    """A policy that cannot work or is unsafe; every fault of it at once.

    :ivar problems: the faults, each a :class:`Problem` of severity ``"error"``.
    """

    def __init__(
        self, problems: Iterable[Problem], headline: str = "this CORS policy cannot work"
    ) -> None:
        self.problems = tuple(problems)
        self.headline = headline
        super().__init__(self.problems, headline)

    def __str__(self) -> str:
        return "\n  ".join([f"{self.headline}:", *map(str, self.problems)])


class PolicyTypeError(PolicyError, TypeError):
    """A :class:`PolicyError` with a value of the wrong type among its faults.

    It is both, so that one error can name all faults and still be the ``TypeError`` that Python
    programmers expect for, say, a string where a bool belongs.
    """


class Findings:
    """The problems found so far, less those whose risk somebody has accepted."""

    def __init__(self) -> None:
        self.accepted: frozenset[str] = frozenset()
        self.problems: list[Problem] = []

    def report(self, code: str, setting: str, value: object, message: str) -> None:
        """Keep a problem; a risk that is not accepted says how to accept it."""
        severity, _, is_risk = CODES[code]
        if is_risk:
            if code in self.accepted:
                return
            message += f', or, once somebody has looked at it, accept_risks=["{code}"]'
        self.problems.append(Problem(code, severity, setting, value, message))

    def wrong_type(self, setting: str, value: object, expected: str, advice: str) -> None:
        """Report a value of a type that the setting does not take.

        :param expected: what belongs there, such as ``"a bool"``.
        """
        kind = type(value).__name__
        article = "" if kind == "bytes" else "an " if kind[0].lower() in "aeiou" else "a "
        what = "None was given" if value is None else f"{value!r} is {article}{kind}"
        self.report("wrong-type", setting, value, f"{what}, where {expected} belongs; {advice}")

    def conclude(self, headline: str = "this CORS policy cannot work") -> tuple[Problem, ...]:
        """Return what is worth knowing, or raise all faults in one error."""
        errors = [problem for problem in self.problems if problem.severity == "error"]
        if errors:
            wrong_type = any(problem.code == "wrong-type" for problem in errors)
            raise (PolicyTypeError if wrong_type else PolicyError)(errors, headline)
        return tuple(self.problems)
