"""An audit in SARIF 2.1.0, the format of code scanners."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from .._core.headers import visible
from .._core.problems import Code, Severity
from ..auditing.about import DISTRIBUTION, version_of
from .annotations import ALL_CODES, WIDER, Annotation, Location, find_root
from .streams import json_text

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}

ROOT = "%SRCROOT%"
"""What code scanners call the root of the repository."""

MAX_LINKS = 9
"""The most links in a message, so that it stays readable."""


def as_sarif(annotations: Iterable[Annotation], is_comparison: bool) -> str:
    """Return annotations as SARIF.

    GitHub rejects a file if one of its results has no location.

    :param is_comparison: whether all of them are new since an earlier audit.
    :raises ValueError: if no file is known for one of them.
    """
    annotations = [*annotations]
    if not all(annotation.locations for annotation in annotations):
        raise ValueError(
            f"no file of the app is in the repository {find_root()}, so that SARIF has no line to "
            f"show findings at; run the command in the repository of the app, after: "
            f"python -m pip install -e ."
        )
    version = version_of(DISTRIBUTION)
    driver = {
        "name": "wsgicors",
        **({"version": version} if version else {}),
        "rules": [_rule(code, entry) for code, entry in ALL_CODES.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [_result(annotation, is_comparison) for annotation in annotations],
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, entry: Code) -> dict[str, Any]:
    meaning = f"{entry.meaning[0].upper()}{entry.meaning[1:]}."
    help_ = f"{meaning} The message of each result says what to change."
    if entry.is_risk:
        help_ += f" To accept this risk in one policy, use `accept_risks=[{code!r}]`."
    if code != WIDER:
        help_ += f" To leave out these results, use `wsgicors audit --ignore {code}`."
    return {
        "id": code,
        "shortDescription": {"text": meaning},
        "fullDescription": {"text": meaning},
        "help": {"text": help_.replace("`", ""), "markdown": help_},
        "defaultConfiguration": {"level": LEVELS[entry.severity]},
        "properties": {"tags": ["cors", "security"]},
    }


def _result(annotation: Annotation, is_comparison: bool) -> dict[str, Any]:
    identity = annotation.identity.encode("utf-8", "backslashreplace")
    first, *related = map(_location, annotation.locations)
    if annotation.routes:
        first["logicalLocations"] = [
            {"fullyQualifiedName": route, "kind": "resource"} for route in annotation.routes
        ]
    return {
        "ruleId": annotation.code,
        "ruleIndex": [*ALL_CODES].index(annotation.code),
        "level": LEVELS[annotation.severity],
        "message": {"text": _escape(annotation.message) + _links(annotation.locations)},
        "partialFingerprints": {"wsgicors/v1": sha256(identity).hexdigest()},
        "locations": [first],
        "relatedLocations": [{"id": id_, **location} for id_, location in enumerate(related, 1)],
        **({"baselineState": "new"} if is_comparison else {}),
    }


def _location(location: Location) -> dict[str, Any]:
    artifact = {"uri": quote(location.path), "uriBaseId": ROOT}
    region = {"startLine": location.line}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _links(locations: Sequence[Location]) -> str:
    """Return links to all locations but the first, which GitHub shows itself."""
    names = [f"{visible(path)}:{line}" for path, line in locations[1 : 1 + MAX_LINKS]]
    links = [f"[{_escape(name)}]({id_})" for id_, name in enumerate(names, 1)]
    return "\nSee also " + ", ".join(links) if links else ""


def _escape(text: str) -> str:
    """Return text that is not a link itself, although it may be part of one."""
    return re.sub(r"([\\\[\]])", r"\\\1", text)
