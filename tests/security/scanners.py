"""Send two scanners for CORS misconfigurations to our examples, and to careless code.

``python -m tests.security.scanners`` prints what they tried and found, and records the figures.
"""

import json
import logging
import os
import subprocess
import sys
from importlib.metadata import version
from typing import Any

from tests.figures import record

from .targets import MISTAKES, targets

SECONDS = 120
"""How long the scanners may take; they need a few."""


def scan() -> list[dict[str, Any]]:
    """Return each scan: the request, the scanner, and every origin that it tried."""
    with targets() as (proxy, requests):
        # Names such as shop.example.com are never looked up: the proxy answers for them.
        here = "localhost,127.0.0.1"
        names = {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": here}
        names |= {name.upper(): value for name, value in names.items()}
        names["PYTHONDEVMODE"] = ""  # it is our code that we test, and this doubles their time
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.security.scan"],
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


def is_for_everybody(finding: dict[str, Any]) -> bool:
    """Tell whether nothing was found but ``*``, without credentials: what corsair-scan reports too.

    CORScanner reports no ``*``.
    """
    return finding.get("answer") == "*" and not finding["credentials"]


def main() -> None:
    logging.disable(logging.CRITICAL)  # one view of the examples fails on purpose
    scans = scan()
    for one in scans:
        found = sorted({attempt["found"] for attempt in one["attempts"] if attempt["found"]})
        tried = f"{len(one['attempts']):3} origins"
        print(f"{one['scanner']:13}{tried}  {one['method']} {one['url']}  {', '.join(found)}")
    examples = [one for one in scans if one["group"] == "examples"]
    open_views = [one for one in findings(scans, "examples") if is_for_everybody(one)]
    others = [one for one in findings(scans, "examples") if not is_for_everybody(one)]
    caught = {one["url"] for one in findings(scans, "careless")}
    record(
        "scanners",
        {
            "Scanners": f"CORScanner {version('cors')}, corsair-scan {version('corsair-scan')}",
            "Views of the examples": len({(one["method"], one["url"]) for one in examples}),
            "Origins tried on them": sum(len(one["attempts"]) for one in examples),
            "Origins wrongly admitted": len(others),
            "Views found open to everybody, as they are meant to be": len(
                {one["url"] for one in open_views}
            ),
            "Mistakes made on purpose": len(MISTAKES),
            "Of these, found": len(caught),
            "Found in the worst of them behind a policy": len(findings(scans, "guarded")),
        },
    )


if __name__ == "__main__":
    main()
