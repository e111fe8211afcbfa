"""Send an odd request to a server and judge what comes back."""

import re
from dataclasses import dataclass
from http.client import HTTPException

from tests.servers.answers import Answer, read_answers
from tests.servers.application import APP
from tests.servers.asking import decide
from tests.servers.corpus import Case
from tests.servers.running import exchange

ORIGINS = {"*", APP, f"{APP}:443", "https://app.example"}
"""All that ``Access-Control-Allow-Origin`` may ever say here."""

CLEAN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+(, [!#$%&'*+\-.^_`|~0-9A-Za-z]+)*")
"""A list of tokens, which is what all other CORS headers hold."""


@dataclass(frozen=True)
class Outcome:
    """What a server did with a case: in a word or two, and what is wrong with it."""

    word: str
    faults: tuple[str, ...] = ()
    is_refusal: bool = False
    """Whether not even one request has reached the app."""


def judge(port: int, case: Case) -> Outcome:
    """Send the bytes of a case."""
    received = exchange(port, case.raw)
    if received and not received.startswith(b"HTTP/"):
        return Outcome(
            "bare text", is_refusal=True
        )  # as in HTTP/0.9: no header, and so no permission
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
            faults.append(f"{answer.decision} where it had to be {expected}")
    is_refusal = not any(answer.is_from_app for answer in answers)
    return Outcome(", ".join(map(describe, answers)), tuple(faults), is_refusal)


def describe(answer: Answer) -> str:
    """Say what became of a request in a word or two."""
    if not answer.is_from_app:
        return f"own {answer.status}"
    return f"{answer.status} admitted" if answer.decision.admits else f"{answer.status}"


def impurities(answer: Answer) -> list[str]:
    """Find CORS headers with a byte or a line that neither policy nor token can have put there."""
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
