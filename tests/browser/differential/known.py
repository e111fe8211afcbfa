"""Known differences between engines and their profiles, which ``Browser`` does not imitate.

They need malformed values, numbers at the edges, or change nothing for a page; or they may be
WebKitGTK's alone. A difference says what it changes, and nothing else may differ: the scenario as
the engine takes it, or what not to compare.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise, product

from tests.browser.differential import simulator
from tests.browser.differential.compare import Disagreement
from tests.browser.differential.explain import CONDITIONAL
from tests.browser.differential.model import Lines, Scenario
from tests.browser.differential.observe import Arrival, Observation, Seen
from wsgicors._core.headers import is_token, split_list

FIREFOX, WEBKIT = "firefox", "webkit"


def _the_same(value: Observation) -> Observation:
    return value


def _alone(scenario: Scenario) -> list[Scenario]:
    return [scenario]


@dataclass(frozen=True)
class Known:
    """One known difference."""

    name: str
    does: str
    """What the engines do."""
    engines: tuple[str, ...]
    concerns: Callable[[Scenario], bool]
    """Returns whether it can show in a scenario."""
    taken: Callable[[Scenario], Iterable[Scenario]] = _alone
    """Returns the scenario as the engine may take it; with one of these the simulator agrees.

    If there is none, nothing is compared.
    """
    compared: Callable[[Observation], Observation] = _the_same
    """Returns what to compare of an observation."""


def find(scenario: Scenario, engine: str) -> list[Known]:
    """Return the known differences that can show in a scenario."""
    return [one for one in KNOWN if engine in one.engines and one.concerns(scenario)]


def names_of(found: Disagreement, engine: str) -> list[str]:
    """Return the known differences that explain a disagreement."""
    known = find(found.scenario, engine)

    def compared(observation: Observation) -> Observation:
        for one in known:
            observation = one.compared(observation)
        return observation

    expected = compared(found.engine)
    scenarios = [found.scenario]
    for one in known:
        scenarios = [taken for scenario in scenarios for taken in one.taken(scenario)]
    observations = simulator.observe(dict.fromkeys(scenarios), engine)
    agrees = not scenarios or any(compared(observed) == expected for observed in observations)
    return [one.name for one in known] if agrees else []


# Scenarios


def _with_lines(
    change: Callable[[Lines], Iterable[tuple[str, str]]],
) -> Callable[[Scenario], list[Scenario]]:
    """Return a function that changes the header lines of all responses."""

    def taken(scenario: Scenario) -> list[Scenario]:
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
        return [replace(scenario, hops=hops)]

    return taken


def _with_sent(
    change: Callable[[str, str], list[str]],
) -> Callable[[Scenario], Iterator[Scenario]]:
    """Return a function that changes the values of request headers, in each possible way."""

    def taken(scenario: Scenario) -> Iterator[Scenario]:
        choices = [
            [(name, changed) for changed in change(name.lower(), value)]
            for step in scenario.steps
            for name, value in step.headers
        ]
        for lines in product(*choices):
            left = list(lines)
            steps = []
            for step in scenario.steps:
                own, left = left[: len(step.headers)], left[len(step.headers) :]
                steps.append(replace(step, headers=tuple(own)))
            yield replace(scenario, steps=tuple(steps))

    return taken


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


def _redirects(scenario: Scenario, *statuses: int) -> bool:
    """Return whether a URL other than the last redirects with one of these."""
    return any(one.status in statuses for hop in scenario.hops[:-1] for one in hop.actuals)


def _has_invalid_max_age(scenario: Scenario) -> bool:
    return len(scenario.steps) > 1 and any(map(_invalid_max_age, _responses(scenario)))


def _invalid_max_age(lines: Lines) -> bool:
    value = ", ".join(_values(lines, "Access-Control-Max-Age"))
    return re.fullmatch("[0-9]*", value) is None


def _max_age_zero(lines: Lines) -> Iterator[tuple[str, str]]:
    others = [line for line in lines if line[0] != "Access-Control-Max-Age"]
    yield from (*others, ("Access-Control-Max-Age", "0")) if _invalid_max_age(lines) else lines


def _has_empty_line(scenario: Scenario) -> bool:
    return any(tuple(_without_empty(lines)) != lines for lines in _responses(scenario))


def _without_empty(lines: Lines) -> Iterator[tuple[str, str]]:
    for place, (name, value) in enumerate(lines):
        values = _values(lines, name)
        first = not _values(lines[:place], name)
        is_origin = name == "Access-Control-Allow-Origin"
        if value.strip(" \t") or len(values) == 1 or (first and not any(values)) or is_origin:
            yield name, value


def _has_empty_origin_beside_another(scenario: Scenario) -> bool:
    lists = [_values(lines, "Access-Control-Allow-Origin") for lines in _responses(scenario)]
    return any(len(values) > 1 and "" in values for values in lists)


def _with_either_origin(scenario: Scenario) -> list[Scenario]:
    """Return the scenario as JavaScript reads it, and as the CORS check does."""
    [without] = _with_lines(_without_empty_origin)(scenario)
    return [scenario, without]


def _without_empty_origin(lines: Lines) -> Iterator[tuple[str, str]]:
    beside = len(_values(lines, "Access-Control-Allow-Origin")) > 1
    for name, value in lines:
        if value.strip(" \t") or name != "Access-Control-Allow-Origin" or not beside:
            yield name, value


def _exposes_invalid_names(scenario: Scenario) -> bool:
    by_fetch = any(not step.xhr for step in scenario.steps)
    return by_fetch and any(map(_invalid_expose, _responses(scenario)))


def _invalid_expose(lines: Lines) -> bool:
    names = split_list(",".join(_values(lines, "Access-Control-Expose-Headers")))
    return "*" in names and not all(map(is_token, names))


def _exposing_all(lines: Lines) -> Iterator[tuple[str, str]]:
    others = [line for line in lines if line[0] != "Access-Control-Expose-Headers"]
    valid = ("Access-Control-Expose-Headers", "*")
    yield from (*others, valid) if _invalid_expose(lines) else lines


def _repeats_a_name(scenario: Scenario) -> bool:
    return any(
        len({name.lower() for name, _ in step.headers}) < len(step.headers)
        for step in scenario.steps
    )


def _one_of_repeated(scenario: Scenario) -> Iterator[Scenario]:
    """Leave one line of each header whose lines count one by one, in each possible way.

    A repeated Content-Type may also count as one that is not safelisted.
    """
    choices = []
    for step in scenario.steps:
        lines: dict[str, list[tuple[str, str]]] = {}
        for name, value in step.headers:
            lines.setdefault(name.lower(), []).append((name, value))
        if len(types := lines.get("content-type", [])) > 1:
            types.append(("Content-Type", "?"))
        kept = [
            [(line,) for line in own] if name in ONE_BY_ONE else [(*own,)]
            for name, own in lines.items()
        ]
        choices.append([tuple(chain(*chosen)) for chosen in product(*kept)])
    yield scenario
    for headers in product(*choices):
        pairs = zip(scenario.steps, headers, strict=True)
        yield replace(scenario, steps=tuple(replace(step, headers=own) for step, own in pairs))


def _sends_bytes_beyond_ascii(scenario: Scenario) -> bool:
    return any(not value.isascii() for _, value in _sent(scenario))


def _has_bytes_beyond_ascii(scenario: Scenario) -> bool:
    return any(not value.isascii() for lines in _responses(scenario) for _, value in lines)


def _decoded(lines: Lines) -> Iterator[tuple[str, str]]:
    for name, value in lines:
        yield name, value.encode("latin-1").decode("utf-8", "replace").encode().decode("latin-1")


def _ranges(scenario: Scenario) -> list[str]:
    return [value for name, value in _sent(scenario) if name == "range"]


def _has_a_long_range(scenario: Scenario) -> bool:
    numbers = [one for value in _ranges(scenario) for one in re.findall("[0-9]+", value)]
    return any(int(one) >= 2**64 - 1 for one in numbers)


def _has_an_odd_range(scenario: Scenario) -> bool:
    return any(re.fullmatch("bytes=[0-9]+-[0-9]*", one) is None for one in _ranges(scenario))


def _is_conditional(scenario: Scenario) -> bool:
    return "cache-control" in _names(scenario) and bool(CONDITIONAL & _names(scenario))


def _drops_a_body(scenario: Scenario) -> bool:
    with_body = any(step.body is not None for step in scenario.steps)
    described = any(name.startswith("content-") for name in _names(scenario))
    return (with_body or described) and _redirects(scenario, 301, 302, 303)


def _leads_to(scheme: str) -> Callable[[Scenario], bool]:
    def concerns(scenario: Scenario) -> bool:
        lists = [_values(lines, "Location") for lines in _responses(scenario)]
        return any(re.search(scheme, location) for values in lists for location in values)

    return concerns


def _changes_the_method(scenario: Scenario) -> bool:
    unsafe = any(step.method.upper() not in {"GET", "HEAD"} for step in scenario.steps)
    return unsafe and _redirects(scenario, 301, 302, 303)


def _redirects_a_delete(scenario: Scenario) -> bool:
    deletes = any(step.method.upper() == "DELETE" for step in scenario.steps)
    return deletes and _redirects(scenario, 301, 302, 307, 308)


def _see_other(scenario: Scenario) -> Iterator[Scenario]:
    """Write redirects to other origins as those that make a GET; not for steps of other methods."""
    if any(step.method.upper() not in {"DELETE", "GET", "HEAD"} for step in scenario.steps):
        return
    hops = list(scenario.hops)
    for place, (hop, following) in enumerate(pairwise(scenario.hops)):
        if hop.server != following.server:
            actuals = tuple(replace(one, status=303) for one in hop.actuals)
            hops[place] = replace(hop, actuals=actuals)
    yield scenario
    yield replace(scenario, hops=tuple(hops))


def _goes_on_from_the_page(scenario: Scenario) -> bool:
    servers = [hop.server for hop in scenario.hops]
    same_origin = any(step.credentials == "same-origin" for step in scenario.steps)
    return scenario.page == servers[0] and len(servers) > 2 and same_origin


# Observations


def _arrivals(
    change: Callable[[Arrival], Arrival | None],
) -> Callable[[Observation], Observation]:
    """Return a function that changes or leaves out arrivals."""

    def compared(observation: Observation) -> Observation:
        changed = [change(one) for one in observation.arrivals]
        return replace(observation, arrivals=tuple(one for one in changed if one is not None))

    return compared


def _without(is_left_out: Callable[[Arrival, str, str], bool]) -> Callable[..., Observation]:
    """Return a function that leaves headers of arrivals out."""
    return _arrivals(
        lambda arrival: replace(
            arrival,
            headers=tuple(line for line in arrival.headers if not is_left_out(arrival, *line)),
        )
    )


_without_preflights = _arrivals(lambda arrival: None if arrival.preflight else arrival)


def _in_steps(change: Callable[[Seen], Seen]) -> Callable[[Observation], Observation]:
    return lambda observation: replace(observation, steps=tuple(map(change, observation.steps)))


def _without_list(step: Seen) -> Seen:
    """Leave out the list of exposed headers, and a header that a `*` in it names."""
    left_out = {"access-control-expose-headers", "*"}
    return replace(step, headers=tuple(line for line in step.headers if line[0] not in left_out))


def _without_origin(observation: Observation) -> Observation:
    """Leave out the Origin of requests that may have none, and what repeats it."""
    observation = _arrivals(
        lambda arrival: replace(
            arrival,
            path=arrival.path.partition("?")[0],
            headers=tuple(
                line
                for line in arrival.headers
                if line[0] != "origin" or arrival.preflight or arrival.method not in {"GET", "HEAD"}
            ),
        )
    )(observation)
    return _in_steps(
        lambda step: replace(
            step,
            url=step.url.partition("?")[0],
            headers=tuple(
                line for line in step.headers if line[0] != "access-control-allow-origin"
            ),
        )
    )(observation)


def _without_repeated(observation: Observation) -> Observation:
    """Leave out the values of some names, and the second of two equal requested names."""
    observation = _without(lambda arrival, name, value: name in JUDGED_NAMES)(observation)
    return _arrivals(
        lambda arrival: replace(
            arrival,
            headers=tuple(
                (name, ",".join(dict.fromkeys(value.split(","))))
                if name == "access-control-request-headers"
                else (name, value)
                for name, value in arrival.headers
            ),
        )
    )(observation)


JUDGED_NAMES = {
    *("accept", "accept-language", "content-language", "content-type", "range"),
    *CONDITIONAL,
}
"""Names that can be safelisted, and conditional ones, of which only the last line is sent."""

ONE_BY_ONE = {*JUDGED_NAMES, "authorization", "user-agent"}
"""Names whose lines count one by one; the lines of all other names are sent together."""

KNOWN = (
    Known(
        "invalid-max-age-is-zero",
        "an Access-Control-Max-Age that is not a number counts as 0, and so does a doubled one; in "
        "the standard it counts as absent, which means 5 seconds",
        (FIREFOX,),
        _has_invalid_max_age,
        taken=_with_lines(_max_age_zero),
    ),
    Known(
        "empty-lines-vanish",
        "an empty line of a header that has other lines is left out",
        (FIREFOX,),
        _has_empty_line,
        taken=_with_lines(_without_empty),
    ),
    Known(
        "empty-origin-is-second-origin",
        "an empty Access-Control-Allow-Origin beside another blocks, although it is left out of "
        "what JavaScript reads",
        (FIREFOX,),
        _has_empty_origin_beside_another,
        taken=_with_either_origin,
    ),
    Known(
        "invalid-expose-keeps-wildcard",
        "for fetch(), `*` counts in an Access-Control-Expose-Headers with an invalid element, too",
        (FIREFOX,),
        _exposes_invalid_names,
        taken=_with_lines(_exposing_all),
        compared=_in_steps(_without_list),
    ),
    Known(
        "lines-safelisted-apart",
        "fetch() judges the values of a repeated request header one by one, and sends only the "
        "last Authorization or User-Agent",
        (FIREFOX,),
        _repeats_a_name,
        taken=_one_of_repeated,
        compared=_without_repeated,
    ),
    Known(
        "bytes-beyond-ascii-unsafe",
        "a request header with a byte beyond ASCII is not safelisted",
        (FIREFOX,),
        _sends_bytes_beyond_ascii,
        taken=_with_sent(lambda _, value: [re.sub("[^\0-\x7f]", "(", value)]),
        compared=_without(lambda _, name, value: not value.isascii() or "(" in value),
    ),
    Known(
        "content-type-comes-back",
        "after two redirects, of which the first drops the body, the headers that described the "
        "body may be sent again",
        (FIREFOX, WEBKIT),
        _drops_a_body,
        compared=_without(lambda one, name, _: not one.preflight and name.startswith("content-")),
    ),
    Known(
        "very-long-range-unsafe",
        "a Range with a number of about `2**64` or more is not safelisted",
        (FIREFOX, WEBKIT),
        _has_a_long_range,
        taken=_with_sent(lambda name, value: [value, "-"] if name == "range" else [value]),
    ),
    Known(
        "conditional-adds-no-cache",
        "a conditional request has Cache-Control: no-cache, in Firefox its preflight, too",
        (FIREFOX, WEBKIT),
        _is_conditional,
        compared=_without(lambda _, name, value: name == "cache-control"),
    ),
    Known(
        "utf-8-values",
        "values of response headers are read as UTF-8",
        (WEBKIT,),
        _has_bytes_beyond_ascii,
        taken=_with_lines(_decoded),
    ),
    Known(
        "utf-8-sent",
        "bytes beyond ASCII in request headers are judged and sent as UTF-8",
        (WEBKIT,),
        _sends_bytes_beyond_ascii,
        taken=_with_sent(lambda _, value: [value.encode().decode("latin-1")]),
        compared=_without(lambda _, name, value: not value.isascii()),
    ),
    Known(
        "lax-range",
        "some ranges of another form are safelisted, too, such as `Bytes=0-1`",
        (WEBKIT,),
        _has_an_odd_range,
        taken=_with_sent(lambda name, value: [value, "bytes=0-1"] if name == "range" else [value]),
    ),
    Known(
        "user-agent-on-preflights",
        "a User-Agent set by JavaScript is sent with the preflight, too, and may be lost in a "
        "redirect",
        (WEBKIT,),
        lambda scenario: "user-agent" in _names(scenario),
        compared=_without(lambda _, name, value: name == "user-agent"),
    ),
    Known(
        "userinfo-preflighted",
        "a redirect to a URL with a user name or password fails only after its preflight",
        (WEBKIT,),
        _leads_to("//[^/]*@"),
        compared=_without_preflights,
    ),
    Known(
        "manual-redirect-to-ftp-fails",
        "a redirect to an FTP URL fails with `redirect: 'manual'`, too",
        (WEBKIT,),
        _leads_to("^ftp:"),
        compared=_in_steps(lambda one: Seen("rejected") if one.type == "opaqueredirect" else one),
    ),
    Known(
        "origin-survives-redirects",
        "a GET that a redirect made of another method keeps its Origin header",
        (WEBKIT,),
        _changes_the_method,
        compared=_without_origin,
    ),
    Known(
        "delete-becomes-get",
        "every redirect to another origin turns a DELETE into a GET, which keeps its Content-Type",
        (WEBKIT,),
        _redirects_a_delete,
        taken=_see_other,
        compared=_without(lambda one, name, _: not one.preflight and name.startswith("content-")),
    ),
    Known(
        "preflight-before-block",
        "where redirects-checked-with-first-credentials blocks, the next preflight is already sent",
        (WEBKIT,),
        _goes_on_from_the_page,
        compared=_without_preflights,
    ),
)
"""At most twelve for each engine."""
