"""Run two scanners for CORS misconfigurations on our examples and on careless code.

``make scanners`` prints what they tried and found, and records the figures.
"""

import json
import logging
import os
import subprocess
import sys
from importlib.metadata import version
from typing import Any

from lab.figures import record
from lab.scanners.targets import MISTAKES, targets

SECONDS = 120
"""How long the scanners may take; they need a few."""


def scan() -> list[dict[str, Any]]:
    """Return all scans: the request, the scanner, and every origin that it tried."""
    with targets() as (proxy, requests):
        # No name is looked up: the proxy serves shop.example.com and the others.
        here = "localhost,127.0.0.1"
        names = {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": here}
        names |= {name.upper(): value for name, value in names.items()}
        names["PYTHONDEVMODE"] = ""  # it would double the scanners' time
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "lab.scanners.scan"],
            input=json.dumps(requests),
            stdout=subprocess.PIPE,
            env=os.environ | names,
            timeout=SECONDS,
            check=True,
            text=True,
        )
    scans: list[dict[str, Any]] = json.loads(run.stdout)
    return scans


def findings(scans: list[dict[str, Any]], group: str) -> list[dict[str, Any]]:
    """Return the attempts of a group that the scanners report, each with its scan."""
    return [
        {**scan, **attempt}
        for scan in scans
        if scan["group"] == group
        for attempt in scan["attempts"]
        if attempt["found"]
    ]


def is_open_to_all(finding: dict[str, Any]) -> bool:
    """Return whether a finding is only ``*`` without credentials, which corsair-scan reports."""
    return finding.get("answer") == "*" and not finding["credentials"]


def main() -> None:
    logging.disable(logging.CRITICAL)  # one view of the examples fails on purpose
    scans = scan()
    for one in scans:
        found = sorted({attempt["found"] for attempt in one["attempts"] if attempt["found"]})
        tried = f"{len(one['attempts']):3} origins"
        print(f"{one['scanner']:13}{tried}  {one['method']} {one['url']}  {', '.join(found)}")
    examples = [one for one in scans if one["group"] == "examples"]
    open_views = [one for one in findings(scans, "examples") if is_open_to_all(one)]
    others = [one for one in findings(scans, "examples") if not is_open_to_all(one)]
    caught = {one["url"] for one in findings(scans, "careless")}
    record(
        "scanners",
        {
            "Scanners": f"CORScanner {version('cors')}, corsair-scan {version('corsair-scan')}",
            "Views of the examples": len({(one["method"], one["url"]) for one in examples}),
            "Origins tried on them": sum(len(one["attempts"]) for one in examples),
            "Origins wrongly allowed": len(others),
            "Views found open to all origins, on purpose": len({one["url"] for one in open_views}),
            "Mistakes made on purpose": len(MISTAKES),
            "Of these, found": len(caught),
            "Found in the worst of them behind a policy": len(findings(scans, "guarded")),
        },
    )


if __name__ == "__main__":
    main()
