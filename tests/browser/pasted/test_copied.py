"""What the developer tools of three engines copy of a request is read as that request."""

import re

import pytest

from tests.browser.engines import ENGINES
from tests.browser.pasted.copying import CASES, FAULTS, PLAYED, TEXT, app, copy
from wsgicors.explaining import explain
from wsgicors.explaining.pasted import Unreadable
from wsgicors.explaining.pasted.curl import read_curl
from wsgicors.explaining.pasted.fetch import read_fetch

PREFLIGHTED = [
    number
    for number, case in enumerate(CASES)
    if case.method not in ("GET", "HEAD", "POST")
    or any(name.startswith("X-") or name == "Cache-Control" for name, _ in case.headers)
]
"""The cases that need a preflight."""


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def copied(engine):
    return copy(engine)


def readings(texts):
    """Yield each format with what is read of its text."""
    for name, text in texts.items():
        if name != "PowerShell":
            yield name, (read_curl if "curl" in name else read_fetch)(text)


def as_written(engine, name, value):
    """Return what a format keeps of a body or of a header's value."""
    if name == "curl for cmd.exe":
        if engine == "firefox":
            return re.sub(r"[^\S\n]", " ", value)
        units = re.sub(r"[\U00010000-\U0010ffff]", "  ", value)
        return re.sub(r"[^ -~\n]", " ", units)
    return value


def expected_body(case, engine, name):
    if case.body is None or (case.is_blob and engine == "webkit" and name == "curl"):
        return None
    return as_written(engine, name, case.body)


def expected_headers(case, engine, name):
    headers = {key.lower(): as_written(engine, name, value) for key, value in case.headers}
    if case.body is not None and not case.is_blob:
        headers.setdefault("content-type", TEXT)
    return headers


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_a_copied_request_is_read_as_the_page_made_it(copied, engine, number):
    case = CASES[number]
    request, texts = copied.find(number)
    for name, pasted in readings(texts):
        assert (pasted.method, pasted.url) == (case.method, request.url), name
        assert pasted.origin == copied.page, name
        headers = {key.lower(): value for key, value in pasted.headers}
        assert headers == expected_headers(case, engine, name), name
        assert (pasted.mode, pasted.redirect) == ("cors", "follow")
        body = pasted.body.decode() if isinstance(pasted.body, bytes) else pasted.body
        assert body == expected_body(case, engine, name), name
        assert isinstance(pasted.body, bytes) == (case.is_blob and body is not None), name


def test_only_cookies_prove_credentials(copied):
    for number, case in enumerate(CASES):
        request, texts = copied.find(number)
        has_cookie = any(name.lower() == "cookie" for name, _ in request.headers)
        assert has_cookie == (case.credentials == "include")
        for name, pasted in readings(texts):
            assert pasted.credentials == ("include" if has_cookie else None), (case, name)


@pytest.mark.parametrize("number", PREFLIGHTED, ids=[CASES[n].name for n in PREFLIGHTED])
def test_a_copied_preflight_stands_for_the_request_that_it_asks_for(copied, number):
    case = CASES[number]
    request, texts = copied.find(number, preflight=True)
    asked = dict(request.headers).get("Access-Control-Request-Headers", "").split(",")
    for name, pasted in readings(texts):
        if "curl" in name:
            assert (pasted.method, pasted.url) == (case.method, request.url), name
            assert (pasted.origin, pasted.credentials) == (copied.page, None)
            assert [key for key, _ in pasted.headers] == [*filter(None, asked)]
            assert "is a preflight" in pasted.notes[0]
        else:  # it lacks what the preflight asks for
            assert pasted.method == "OPTIONS"
            assert any("If the text is a preflight" in note for note in pasted.notes)


def test_what_is_copied_for_powershell_is_refused(copied, engine):
    refused = [texts["PowerShell"] for texts in copied.texts if "PowerShell" in texts]
    assert bool(refused) == (engine == "chromium")
    for text in refused:
        with pytest.raises(Unreadable, match="got one of PowerShell; use 'Copy as cURL'"):
            read_curl(text)


def judge(pasted, engine):
    """Return the explanation of a request that was read."""
    return explain(
        pasted.method,
        pasted.url,
        origin=pasted.origin,
        headers=pasted.headers,
        body=pasted.body,
        credentials=pasted.credentials,
        mode=pasted.mode,
        profile=engine,
        servers=app,
    )


@pytest.mark.parametrize(
    "number", range(len(CASES), len(PLAYED)), ids=[case.name for case in FAULTS]
)
def test_the_verdict_is_that_of_the_browser(copied, engine, number):
    judged = 0
    for request, texts in zip(copied.requests, copied.texts, strict=True):
        if not request.url.endswith(f"case={number}"):
            continue
        for name, pasted in readings(texts):
            if request.is_preflight and "curl" not in name:
                continue  # it lacks what the preflight asks for
            explanation = judge(pasted, engine)
            # A text without cookies does not say whether the page sends credentials.
            otherwise = "with credentials the result is: Blocked" in str(explanation)
            if copied.passed[number]:
                assert explanation.verdict == "allowed", (name, str(explanation))
            else:
                assert explanation.verdict == "blocked" or otherwise, (name, str(explanation))
            judged += 1
    assert judged


def test_the_browsers_block_some_of_the_requests(copied):
    assert all(copied.passed[: len(CASES)])
    assert len(set(copied.passed[len(CASES) :])) == 2
