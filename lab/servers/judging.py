"""Send an odd request to a server and judge the response."""

import re
from dataclasses import dataclass
from http.client import HTTPException

from lab.servers.answers import Answer, read_answers
from lab.servers.application import APP
from lab.servers.asking import decide
from lab.servers.corpus import Case
from lab.servers.running import exchange

ORIGINS = {"*", APP, f"{APP}:443", "https://app.example"}
"""The only values that ``Access-Control-Allow-Origin`` may have here."""

CLEAN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+(, [!#$%&'*+\-.^_`|~0-9A-Za-z]+)*")
"""A list of tokens: the value of all other CORS headers."""


@dataclass(frozen=True)
class Outcome:
    """What a server did with a case, in a few words, and what is wrong with that."""

    word: str
    faults: tuple[str, ...] = ()
    is_refusal: bool = False
    """Whether the server let no request reach the app."""


def judge(port: int, case: Case) -> Outcome:
    """Send the bytes of a case."""
    received = exchange(port, case.raw)
    if received and not received.startswith(b"HTTP/"):
        return Outcome("bare text", is_refusal=True)  # as in HTTP/0.9: without CORS headers
    try:
        answers = read_answers(received, list(case.methods))
    except HTTPException as error:
        return Outcome("?", (f"{error!r} for {received[:300]!r}",))
    if not answers:
        return Outcome("closed", is_refusal=True)
    faults: list[str] = []
    for answer, readings in zip(answers, case.readings, strict=False):
        faults += impurities(answer)
        if not answer.is_from_app:
            if answer.status < 400:
                faults.append(f"the server itself answered {answer.status}")
            if answer.decision.cors:
                faults.append(f"the server itself decided {answer.decision}")
        elif answer.decision not in map(decide, readings):
            expected = " or ".join(str(decide(reading)) for reading in readings)
            faults.append(f"{answer.decision} instead of {expected}")
    is_refusal = not any(answer.is_from_app for answer in answers)
    return Outcome(", ".join(map(describe, answers)), tuple(faults), is_refusal)


def describe(answer: Answer) -> str:
    """Return the outcome of a request in a few words."""
    if not answer.is_from_app:
        return f"own {answer.status}"
    return f"{answer.status} allowed" if answer.decision.allows else f"{answer.status}"


def impurities(answer: Answer) -> list[str]:
    """Find values of CORS headers and of ``Vary`` that no policy can have sent."""
    faults: list[str] = []
    seen: set[str] = set()
    for name, value in answer.headers:
        name = name.lower()
        if name == "set-cookie":
            faults.append(f"a cookie came: {value!r}")
        if name != "vary" and not name.startswith("access-control-"):
            continue
        if name in seen:
            faults.append(f"{name} came twice")
        seen.add(name)
        is_origin = name == "access-control-allow-origin"
        if (value not in ORIGINS) if is_origin else CLEAN.fullmatch(value) is None:
            faults.append(f"{name}: {value!r}")
    return faults
