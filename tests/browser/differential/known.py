"""Known differences between engines and their profiles, which ``Browser`` does not imitate.

They need malformed values, numbers at the edges, or change nothing for a page; or they may be
WebKitGTK's alone.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from tests.browser.differential import simulator
from tests.browser.differential.compare import Disagreement
from tests.browser.differential.explain import CONDITIONAL
from tests.browser.differential.model import Lines, Scenario
from wsgicors._core.headers import is_token, split_list

FIREFOX, WEBKIT = "firefox", "webkit"


@dataclass(frozen=True)
class Known:
    """One known difference."""

    name: str
    does: str
    """What the engines do."""
    engines: tuple[str, ...]
    concerns: Callable[[Scenario], bool]
    """Returns whether it can show in a scenario."""
    seen: Callable[[Lines], Iterable[tuple[str, str]]] | None = None
    """Returns the header lines of a response as the engine takes them. Then the simulator, with
    these lines, has to agree with the engine; without, nothing is compared."""


def find(scenario: Scenario, engine: str) -> list[Known]:
    """Return the known differences that can show in a scenario."""
    return [one for one in KNOWN if engine in one.engines and one.concerns(scenario)]


def names_of(found: Disagreement, engine: str) -> list[str]:
    """Return the known differences that explain a disagreement."""
    known = find(found.scenario, engine)
    if all(one.seen is not None for one in known):
        scenario = found.scenario
        for one in known:
            scenario = _with_lines(scenario, one.seen or tuple)
        [observed] = simulator.observe([scenario], engine)
        known = known if observed == found.engine else []
    return [one.name for one in known]


def _with_lines(
    scenario: Scenario, change: Callable[[Lines], Iterable[tuple[str, str]]]
) -> Scenario:
    """Return the scenario with other header lines in all responses."""
    hops = tuple(
        replace(
            hop,
            preflights=tuple(
                replace(one, lines=tuple(change(one.lines))) for one in hop.preflights
            ),
            actuals=tuple(replace(one, lines=tuple(change(one.lines))) for one in hop.actuals),
        )
        for hop in scenario.hops
    )
    return replace(scenario, hops=hops)


# What scenarios contain


def _sent(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Return the request headers that the page sets, with names in lower case."""
    for step in scenario.steps:
        yield from ((name.lower(), value) for name, value in step.headers)


def _names(scenario: Scenario) -> set[str]:
    return {name for name, _ in _sent(scenario)}


def _responses(scenario: Scenario) -> Iterator[Lines]:
    for hop in scenario.hops:
        for answer in (*hop.preflights, *hop.actuals):
            yield answer.lines


def _values(lines: Lines, name: str) -> list[str]:
    return [value.strip(" \t") for line, value in lines if line.lower() == name.lower()]


def _statuses(scenario: Scenario) -> list[int]:
    return [hop.actuals[0].status for hop in scenario.hops]


def _has_invalid_max_age(scenario: Scenario) -> bool:
    return len(scenario.steps) > 1 and any(map(_invalid_max_age, _responses(scenario)))


def _invalid_max_age(lines: Lines) -> bool:
    value = ", ".join(_values(lines, "Access-Control-Max-Age"))
    return re.fullmatch("[0-9]*", value) is None


def _with_max_age_zero(lines: Lines) -> Iterator[tuple[str, str]]:
    others = [line for line in lines if line[0] != "Access-Control-Max-Age"]
    yield from (*others, ("Access-Control-Max-Age", "0")) if _invalid_max_age(lines) else lines


def _has_empty_line(scenario: Scenario) -> bool:
    return any(tuple(_without_empty(lines)) != lines for lines in _responses(scenario))


def _without_empty(lines: Lines) -> Iterator[tuple[str, str]]:
    for place, (name, value) in enumerate(lines):
        values = _values(lines, name)
        first = not _values(lines[:place], name)
        if value.strip(" \t") or len(values) == 1 or (first and not any(values)):
            yield name, value


def _has_empty_origin_beside_another(scenario: Scenario) -> bool:
    lists = [_values(lines, "Access-Control-Allow-Origin") for lines in _responses(scenario)]
    return any(len(values) > 1 and "" in values for values in lists)


def _exposes_invalid_names(scenario: Scenario) -> bool:
    lists = [
        ",".join(_values(lines, "Access-Control-Expose-Headers")) for lines in _responses(scenario)
    ]
    return any("*" in names and not all(map(is_token, split_list(names))) for names in lists)


def _repeats_a_name(scenario: Scenario) -> bool:
    return any(
        len({name.lower() for name, _ in step.headers}) < len(step.headers)
        for step in scenario.steps
    )


def _returns_content_type(scenario: Scenario) -> bool:
    with_body = any(step.body is not None for step in scenario.steps)
    described = any(name.startswith("content-") for name in _names(scenario))
    changes = any(status in (301, 302, 303) for status in _statuses(scenario)[:-1])
    return (with_body or described) and changes and len(scenario.hops) > 2


def _sends_bytes_beyond_ascii(scenario: Scenario) -> bool:
    return any(not value.isascii() for _, value in _sent(scenario))


def _has_bytes_beyond_ascii(scenario: Scenario) -> bool:
    return any(not value.isascii() for lines in _responses(scenario) for _, value in lines)


def _decoded(lines: Lines) -> Iterator[tuple[str, str]]:
    for name, value in lines:
        yield name, value.encode("latin-1").decode("utf-8", "replace").encode().decode("latin-1")


def _has_a_long_range(scenario: Scenario) -> bool:
    ranges = [value for name, value in _sent(scenario) if name == "range"]
    return any(int(one) >= 2**64 - 1 for value in ranges for one in re.findall("[0-9]+", value))


def _has_an_odd_range(scenario: Scenario) -> bool:
    ranges = [value for name, value in _sent(scenario) if name == "range"]
    return any(re.fullmatch("bytes=[0-9]+-[0-9]*", value) is None for value in ranges)


def _is_conditional(scenario: Scenario) -> bool:
    return "cache-control" in _names(scenario) and bool(CONDITIONAL & _names(scenario))


def _redirects_to_userinfo(scenario: Scenario) -> bool:
    locations = [value for lines in _responses(scenario) for value in _values(lines, "Location")]
    return any(re.search("//[^/]*@", location) for location in locations)


def _redirects_to_ftp(scenario: Scenario) -> bool:
    manual = any(step.redirect == "manual" for step in scenario.steps)
    locations = [value for lines in _responses(scenario) for value in _values(lines, "Location")]
    return manual and any(location.startswith("ftp:") for location in locations)


def _changes_the_method(scenario: Scenario) -> bool:
    unsafe = any(step.method.upper() not in {"GET", "HEAD"} for step in scenario.steps)
    return unsafe and any(status in (301, 302, 303) for status in _statuses(scenario)[:-1])


def _redirects_a_delete(scenario: Scenario) -> bool:
    deletes = any(step.method.upper() == "DELETE" for step in scenario.steps)
    return deletes and any(status in (307, 308) for status in _statuses(scenario)[:-1])


def _comes_from_the_page_and_goes_on(scenario: Scenario) -> bool:
    servers = [hop.server for hop in scenario.hops]
    same_origin = any(step.credentials == "same-origin" for step in scenario.steps)
    return scenario.page == servers[0] and len(servers) > 2 and same_origin


KNOWN = (
    Known(
        "invalid-max-age-is-zero",
        "an Access-Control-Max-Age that is not a number counts as 0, and so does a doubled one; in "
        "the standard it counts as absent, which means 5 seconds",
        (FIREFOX,),
        _has_invalid_max_age,
        _with_max_age_zero,
    ),
    Known(
        "empty-lines-vanish",
        "an empty line of a header that has other lines is left out",
        (FIREFOX,),
        _has_empty_line,
        _without_empty,
    ),
    Known(
        "empty-origin-is-second-origin",
        "an empty Access-Control-Allow-Origin beside another blocks, although it is left out of "
        "what JavaScript reads",
        (FIREFOX,),
        _has_empty_origin_beside_another,
    ),
    Known(
        "invalid-expose-keeps-wildcard",
        "in an Access-Control-Expose-Headers with an element that is not a name, `*` still counts",
        (FIREFOX,),
        _exposes_invalid_names,
    ),
    Known(
        "lines-safelisted-apart",
        "fetch() judges the values of a repeated request header one by one",
        (FIREFOX,),
        _repeats_a_name,
    ),
    Known(
        "bytes-beyond-ascii-unsafe",
        "a request header with a byte beyond ASCII is not safelisted",
        (FIREFOX,),
        _sends_bytes_beyond_ascii,
    ),
    Known(
        "content-type-comes-back",
        "after two redirects, of which the first drops the body, the headers that described the "
        "body may be sent again",
        (FIREFOX,),
        _returns_content_type,
    ),
    Known(
        "very-long-range-unsafe",
        "a Range with a number of about `2**64` or more is not safelisted",
        (FIREFOX, WEBKIT),
        _has_a_long_range,
    ),
    Known(
        "conditional-adds-no-cache",
        "a conditional request has Cache-Control: no-cache, in Firefox its preflight, too",
        (FIREFOX, WEBKIT),
        _is_conditional,
    ),
    Known(
        "utf-8-values",
        "values of response headers are read as UTF-8",
        (WEBKIT,),
        _has_bytes_beyond_ascii,
        _decoded,
    ),
    Known(
        "utf-8-sent",
        "bytes beyond ASCII in request headers are judged and sent as UTF-8",
        (WEBKIT,),
        _sends_bytes_beyond_ascii,
    ),
    Known(
        "lax-range",
        "some ranges of another form are safelisted, too, such as `Bytes=0-1`",
        (WEBKIT,),
        _has_an_odd_range,
    ),
    Known(
        "user-agent-on-preflights",
        "a User-Agent set by JavaScript is sent with the preflight, too",
        (WEBKIT,),
        lambda scenario: "user-agent" in _names(scenario),
    ),
    Known(
        "userinfo-preflighted",
        "a redirect to a URL with a user name or password fails only after its preflight",
        (WEBKIT,),
        _redirects_to_userinfo,
    ),
    Known(
        "manual-redirect-to-ftp-fails",
        "a redirect to an FTP URL fails with `redirect: 'manual'`, too",
        (WEBKIT,),
        _redirects_to_ftp,
    ),
    Known(
        "origin-survives-redirects",
        "a GET that a redirect made of another method keeps its Origin header",
        (WEBKIT,),
        _changes_the_method,
    ),
    Known(
        "delete-becomes-get",
        "a 307 or 308 to another origin turns a DELETE into a GET",
        (WEBKIT,),
        _redirects_a_delete,
    ),
    Known(
        "preflight-before-block",
        "where redirects-checked-with-first-credentials blocks, the next preflight is already sent",
        (WEBKIT,),
        _comes_from_the_page_and_goes_on,
    ),
)
"""At most twelve for each engine."""
