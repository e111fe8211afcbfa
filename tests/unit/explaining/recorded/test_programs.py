"""Files of programs that no test runs: written by hand, after what these programs write."""

import json

from tests.unit.explaining.recorded.archives import API, ITEMS, PAGE, lines, load
from wsgicors.explaining.recorded.judging import Judge

BLOCKED = "The response has no Access-Control-Allow-Origin header."
REFUSED = "The preflight response does not allow the method PUT."

REFUSING = {"Access-Control-Allow-Origin": PAGE, "Access-Control-Allow-Methods": "GET"}


def judge(creator, *entries):
    log = {"version": "1.2", "creator": creator, "pages": [], "entries": [*entries]}
    recording = load(json.dumps({"log": log}).encode())
    judged = [*Judge().judge_all(recording)]
    rows = [one.summarise(show_secrets=False) for one in judged]
    return [(one.indexes, one.verdict, one.reason) for one in rows if not one.aside]


def safari(method, headers, status, received, **more):
    """Web Inspector: headers as objects of lines, negative times, an error for no response."""
    return {
        "pageref": "page_0",
        "startedDateTime": "2026-11-30T10:00:00.123Z",
        "time": 12.34,
        "request": {
            "method": method,
            "url": ITEMS,
            "httpVersion": "HTTP/2",
            "cookies": [],
            "headers": lines({"Referer": f"{PAGE}/", "User-Agent": "Safari", **headers}),
            "queryString": [],
            "headersSize": -1,
            "bodySize": -1,
        },
        "response": {
            "status": status,
            "statusText": "OK" if status else "",
            "httpVersion": "HTTP/2",
            "cookies": [],
            "headers": lines(received),
            "content": {"size": 0, "compression": 0, "mimeType": "application/json"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": 0,
            **more,
        },
        "cache": {},
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "send": 0, "wait": 1, "receive": 0},
        "_fetchType": "Network Load",
        "_priority": "medium",
    }


def test_safari():
    creator = {"name": "WebKit Web Inspector", "version": "1.0"}
    date = {"Date": "now"}
    assert judge(creator, safari("GET", {"Origin": PAGE}, 200, date)) == [([0], "blocked", BLOCKED)]
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "PUT"}
    refused = safari("OPTIONS", asked, 200, {**date, **REFUSING})
    put = safari("PUT", {"Origin": PAGE}, 0, {}, _error="Load failed")
    assert judge(creator, put, refused) == [([0, 1], "blocked", REFUSED)]
    ((_, verdict, reason),) = judge(creator, put)
    assert (verdict, reason.endswith("no status and the error Load failed.")) == ("unknown", True)


def charles(method, headers, status, received):
    """Charles: HTTP/2 with pseudo headers and lower-case names, a Base64 body."""
    pseudo = {":method": method, ":authority": "api.example", ":scheme": "https", ":path": "/items"}
    return {
        "startedDateTime": "2026-11-30T11:00:00.123+01:00",
        "time": 42,
        "request": {
            "method": method,
            "url": ITEMS,
            "httpVersion": "HTTP/2.0",
            "cookies": [],
            "headers": lines({**pseudo, "origin": PAGE, **headers}),
            "queryString": [],
            "headersSize": 310,
            "bodySize": 0,
        },
        "response": {
            "_charlesStatus": "COMPLETE",
            "status": status,
            "statusText": None,
            "httpVersion": "HTTP/2.0",
            "cookies": [],
            "headers": lines({":status": str(status), **received}),
            "content": {"size": 2, "mimeType": None, "text": "e30=", "encoding": "base64"},
            "redirectURL": None,
            "headersSize": 0,
            "bodySize": 2,
        },
        "serverIPAddress": "203.0.113.1",
        "cache": {},
        "timings": {"dns": 1, "connect": 2, "ssl": 3, "send": 0, "wait": 30, "receive": 1},
    }


def test_charles():
    creator = {"name": "Charles Proxy", "version": "5.0"}
    modern = {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty", "accept": "*/*"}
    plain = charles("GET", {**modern, "cookie": "sid=1"}, 200, REFUSING)
    ((_, verdict, reason),) = judge(creator, plain)
    assert (verdict, reason) == ("blocked", "The response does not allow credentials.")
    asked = {**modern, "access-control-request-method": "PUT"}
    assert judge(creator, charles("OPTIONS", asked, 204, REFUSING)) == [([0], "blocked", REFUSED)]


def mitmproxy(method, url, started, headers, status, received):
    """mitmproxy: a preflight ends before its request begins; it records any program's requests."""
    return {
        "startedDateTime": f"2026-11-30T10:00:{started:09.6f}+00:00",
        "time": 150.0,
        "request": {
            "method": method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": lines({"Host": "api.example", **headers}),
            "queryString": [],
            "headersSize": 300,
            "bodySize": 0,
        },
        "response": {
            "status": status,
            "statusText": "OK",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": lines(received),
            "content": {"size": 0, "compression": 0, "mimeType": "", "text": ""},
            "redirectURL": received.get("Location", ""),
            "headersSize": 200,
            "bodySize": 0,
        },
        "cache": {},
        "timings": {"connect": 1.0, "ssl": 1.0, "send": 1.0, "receive": 1.0, "wait": 1.0},
        "serverIPAddress": "203.0.113.1",
    }


def test_mitmproxy():
    creator = {"name": "mitmproxy", "version": "12.0.0", "comment": ""}
    origin = {"Origin": PAGE, "Sec-Fetch-Mode": "cors"}
    asked = {**origin, "Access-Control-Request-Method": "PUT"}
    granted = {
        "Access-Control-Allow-Origin": PAGE,
        "Access-Control-Allow-Methods": "PUT",
        "Location": "/moved",
    }
    found = judge(
        creator,
        mitmproxy("OPTIONS", ITEMS, 0.0, asked, 200, granted),
        mitmproxy("PUT", ITEMS, 0.16, origin, 308, granted),
        mitmproxy("OPTIONS", f"{API}/moved", 0.32, asked, 200, granted),
        mitmproxy("PUT", f"{API}/moved", 0.48, origin, 200, {"Server": "nginx"}),
        mitmproxy("GET", ITEMS, 0.64, {"User-Agent": "curl/8"}, 200, {"Server": "nginx"}),
    )
    assert found == [([0, 1, 2, 3], "blocked", BLOCKED)]


def fiddler(method, headers, status, received):
    """Fiddler: times with seven digits, a status for a connection that failed."""
    return {
        "startedDateTime": "2026-11-30T11:00:00.1234567+01:00",
        "time": 5,
        "comment": "[#1]",
        "request": {
            "method": method,
            "url": ITEMS,
            "httpVersion": "HTTP/1.1",
            "cookies": [{"name": "sid", "value": "1"}],
            "headers": lines({"Host": "api.example", "Origin": PAGE, **headers}),
            "queryString": [],
            "headersSize": 300,
            "bodySize": 0,
        },
        "response": {
            "status": status,
            "statusText": "OK",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": lines(received),
            "content": {"size": 0, "mimeType": ""},
            "redirectURL": "",
            "headersSize": 100,
            "bodySize": 0,
        },
        "cache": {},
        "timings": {"blocked": -1, "dns": 0, "connect": 0, "send": 0, "wait": 1, "receive": 0},
    }


def test_fiddler():
    creator = {"name": "Fiddler", "version": "5.0", "comment": "https://fiddler2.com"}
    star = fiddler("GET", {}, 200, {"Access-Control-Allow-Origin": "*"})
    ((_, verdict, reason),) = judge(creator, star)
    assert (verdict, "for requests with credentials" in reason) == ("blocked", True)
    failed = fiddler("GET", {}, 502, {"FiddlerTemplate": "True", "Content-Type": "text/html"})
    assert judge(creator, failed) == [([0], "blocked", BLOCKED)]
