"""Problems of a policy, the error that reports them, and their codes.

Codes are stable, because programs compare them and ``accept_risks`` lists them. Messages are not.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]

MAX_SHOWN = 200
"""The most characters of a value that a message quotes."""


def show(value: object, spell: Callable[[object], str] = repr) -> str:
    """Return how a value is written, cut to a length that a message can quote.

    :param spell: what spells it; what that raises, because a value is nested too deeply or has too
        many digits, or in the app's own code, does not matter.
    """
    try:
        text = spell(value)
    except Exception:
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


class Code(NamedTuple):
    """What the code of a problem means, and how severe the problem is."""

    severity: Severity
    meaning: str
    is_risk: bool = False
    """Whether ``accept_risks`` can accept it."""


CODES: dict[str, Code] = {
    # Values
    "wrong-type": Code("error", "a value has a type that the setting does not accept"),
    "no-origins": Code("error", "a list of origins is empty or missing"),
    "unknown-key": Code("error", "a table in a file has a key that is not a setting"),
    "unknown-risk": Code("error", "accept_risks contains a name that is not a risk code"),
    "unknown-policy": Code("error", "a decorator or a table names a policy that is not defined"),
    "marked-endpoint": Code("error", "a table has an entry for a view that is decorated"),
    "method-decorators": Code("error", "cors() is in the method_decorators of a class"),
    "defined-twice": Code("error", "two places define a policy of the same name"),
    "invalid-toml": Code("error", "a file of policies is not valid TOML"),
    "no-policies": Code("error", "a file of policies has no policies"),
    "unknown-endpoint": Code("error", "a table names an endpoint or blueprint that does not exist"),
    # Origins
    "origin-syntax": Code("error", "an origin is not in the form that browsers send"),
    "origin-without-scheme": Code("error", "an origin has no scheme"),
    "origin-not-ascii": Code("error", "the host of an origin is not in its ASCII form"),
    "origin-ip-spelling": Code("error", "an IP address is not in its canonical form"),
    "any-origin-pattern": Code("error", "a pattern allows every host or every scheme"),
    "invalid-pattern": Code("error", "a wildcard is in the wrong place"),
    "wildcard-with-credentials": Code("error", "every origin is allowed, with credentials"),
    "opaque-origin": Code("error", "every sandboxed or local document is allowed", True),
    "opaque-origin-with-credentials": Code(
        "error", "every sandboxed or local document is trusted with cookies"
    ),
    "callable-with-credentials": Code(
        "error", "code decides at run time which origins are trusted with cookies", True
    ),
    "plain-http-origin": Code("error", "an unencrypted origin is trusted with cookies", True),
    "subdomains-with-credentials": Code("warning", "every subdomain is trusted with cookies", True),
    "public-suffix-wildcard": Code("warning", "a wildcard allows sites of strangers", True),
    "public-suffix-wildcard-with-credentials": Code(
        "error", "a wildcard trusts sites of strangers with cookies", True
    ),
    "credentials-not-covered": Code(
        "error", "an origin may send cookies, but allow_origins does not cover it"
    ),
    "development-origin": Code("info", "a loopback origin is trusted with cookies"),
    # Methods and headers
    "invalid-name": Code("error", "a name has characters that such names cannot have"),
    "forbidden-method": Code("error", "a method that browsers do not let pages use"),
    "method-case": Code("warning", "PATCH is not in upper case"),
    "options-listed": Code("info", "OPTIONS is listed, which preflights do not need"),
    "forbidden-request-header": Code("error", "a request header that pages cannot set"),
    "forbidden-response-header": Code("error", "a response header that pages cannot read"),
    "misplaced-header": Code(
        "error", "a header that the requests or responses of this list do not have"
    ),
    "expose-wildcard-with-credentials": Code(
        "error", "with credentials, '*' is a literal header name"
    ),
    "wildcard-without-authorization": Code("info", "'*' does not cover Authorization"),
    "credentials-with-authorization": Code("info", "cookies and bearer tokens are both allowed"),
    "content-type-not-allowed": Code("info", "browsers will block JSON bodies"),
    "redundant": Code("info", "an entry has no effect and is ignored"),
    # Seconds
    "invalid-max-age": Code("error", "max_age is not a whole number of seconds up to a day"),
    "max-age-above-caps": Code("info", "max_age is longer than some browsers cache preflights"),
}
"""All codes."""

RISKS = frozenset(code for code, entry in CODES.items() if entry.is_risk)
"""The codes that ``accept_risks`` takes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error, a warning or a note about one setting of a policy.

    >>> from wsgicors import Policy
    >>> [problem.code for problem in Policy("https://app.example", max_age=9000).problems]
    ['max-age-above-caps']
    """

    code: str
    severity: Severity
    setting: str
    value: object
    """What was given."""
    message: str
    """What was given, why it cannot work, and what to use instead."""

    def __str__(self) -> str:
        return f"{self.setting}: {self.message} [{self.code}]"


class PolicyError(ValueError, TypeError):
    """A policy that cannot work or is unsafe, with all its faults.

    Some of them may be values of a wrong type, so it is a ``ValueError`` and a ``TypeError``.

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


class Problems:
    """The problems found so far, without accepted risks."""

    def __init__(self) -> None:
        self.accepted: frozenset[str] = frozenset()
        self.found: list[Problem] = []

    @property
    def errors(self) -> list[Problem]:
        """The problems with which there can be no policy."""
        return [problem for problem in self.found if problem.severity == "error"]

    def report(self, code: str, setting: str, value: object, message: str) -> None:
        """Add a problem, unless it is an accepted risk."""
        severity, _, is_risk = CODES[code]
        if is_risk:
            if code in self.accepted:
                return
            message += f', or review the risk and accept it with accept_risks=["{code}"]'
        self.found.append(Problem(code, severity, setting, value, message))

    def wrong_type(self, setting: str, value: object, expected: str, advice: str) -> None:
        """Report a value of a type that the setting does not accept.

        :param expected: the type to use, such as ``"a bool"``.
        """
        self.report(
            "wrong-type", setting, value, f"expected {expected}, got {show(value)}; {advice}"
        )

    def conclude(self, headline: str = "this CORS policy cannot work") -> tuple[Problem, ...]:
        """Return the warnings and notes.

        :raises PolicyError: with all errors, if there are any.
        """
        if errors := self.errors:
            raise PolicyError(errors, headline)
        return tuple(self.found)
