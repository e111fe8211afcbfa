"""Run both scanners on the requests from standard input, and print what they found.

It has its own process, because CORScanner replaces the threads and sockets of the process that
imports it.
"""

import json
import sys
from typing import Any

# First, because it replaces what the others import.
from CORScanner.common.corscheck import CORSCheck
from CORScanner.common.logger import Log

# isort: split
import tldextract
from corsair_scan.corsair_scan import CORS_TESTS, corsair_scan_single_url

SILENT = 4
"""The level at which CORScanner prints nothing."""

SECONDS = 10
"""How long CORScanner waits for a response."""

# By default it downloads the public suffix list.
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class CORScanner(CORSCheck):
    """Keeps every attempt, because the scanner itself does not report failed requests."""

    def __init__(self, url: str) -> None:
        super().__init__(url, {"logger": Log(None, SILENT), "headers": None, "timeout": SECONDS})
        self.attempts: dict[str, dict[str, Any]] = {}

    def send_req(self, url: str, origin: str) -> Any:
        response = super().send_req(url, origin)
        status = None if response is None else response.status_code
        self.attempts[origin] = {"origin": origin, "status": status, "found": None}
        return response

    def run(self) -> list[dict[str, Any]]:
        for finding in self.check_all_in_parallel():
            self.attempts[finding["origin"]]["found"] = finding["type"]
        return list(self.attempts.values())


def corsair(request: dict[str, str]) -> list[dict[str, Any]]:
    url = request["url"].replace(
        "//localhost:", "//127.0.0.1:"
    )  # it does not take localhost for a host
    data = {"url": url, "verb": request["method"], "params": None}
    report = corsair_scan_single_url(data | {"headers": {"Origin": request["origin"]}})
    return [
        {
            "origin": report[test]["Origin"],
            "status": report[test]["status_code"],
            "found": test if report[test]["misconfigured"] else None,
            "answer": report[test]["Access-Control-Allow-Origin"],
            "credentials": report[test]["credentials"],
        }
        for test in CORS_TESTS
    ]


def main() -> None:
    scans = []
    for request in json.load(sys.stdin):
        scans.append({**request, "scanner": "corsair-scan", "attempts": corsair(request)})
        if request["method"] == "GET":  # CORScanner sends only GET
            attempts = CORScanner(request["url"]).run()
            scans.append({**request, "scanner": "CORScanner", "attempts": attempts})
    json.dump(scans, sys.stdout)


if __name__ == "__main__":
    main()
