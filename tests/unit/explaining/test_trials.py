"""An explanation notes what the trial of a policy would take from the page."""

import pytest

from tests.unit.testing.servers import API, APP, OTHER
from wsgicors import CORSMiddleware, Policy
from wsgicors.explaining import explain, explain_all

POLICY = Policy(
    [APP, OTHER], allow_methods=["GET", "PUT"], expose_headers=["ETag"], allow_credentials=True
)
TRIED = POLICY.with_trial(
    Policy([APP], allow_methods=["GET"], expose_headers=["ETag"]),
)
ORIGIN = (
    f"The trial of the policy would block this request: origin {OTHER!r} is not among "
    f"allow_origins: {APP} [origin-not-allowed]."
)
CREDENTIALS = (
    f"The trial of the policy would block this request: origin {APP!r} sends credentials, which "
    "allow_credentials forbids [credentials-not-allowed]."
)


def app_with(policy):
    def app(environ, start_response):
        start_response("200 OK", [("ETag", "1")])
        return [b""]

    return CORSMiddleware(app, policy)


def trial_notes(explanation):
    return [note for note in explanation.notes if note.startswith("The trial")]


def explained(policy=TRIED, method="GET", **options):
    options = {"origin": APP, **options}
    return explain(method, f"{API}/items", servers=app_with(policy), **options)


def test_a_request_that_the_trial_would_block_has_a_note():
    explanation = explained(origin=OTHER)
    assert explanation.verdict == "allowed"
    assert trial_notes(explanation) == [ORIGIN]


@pytest.mark.parametrize("policy", [POLICY, TRIED])
def test_other_requests_have_no_note(policy):
    assert trial_notes(explained(policy)) == []
    blocked = explained(policy, origin="https://evil.example")
    assert (blocked.verdict, trial_notes(blocked)) == ("blocked", [])


def test_a_preflight_and_its_request_have_one_note_if_the_reason_is_the_same():
    assert trial_notes(explained(method="PUT", origin=OTHER)) == [ORIGIN]


def test_a_preflight_has_its_own_reason():
    (note,) = trial_notes(explained(method="PUT"))
    assert "method 'PUT' is not among allow_methods: GET [method-not-allowed]." in note


def test_headers_that_the_trial_hides_are_named():
    (note,) = trial_notes(explained(POLICY.with_trial(POLICY.derive(expose_headers=[]))))
    assert note.startswith("The trial of the policy would hide headers: response header 'ETag'")


def test_only_the_request_with_cookies_has_a_note_about_credentials():
    assert trial_notes(explained(credentials="include", cookies={"a": "1"})) == [CREDENTIALS]
    app, url = app_with(TRIED), f"{API}/items"
    for credentials, expected in ("omit", []), ("include", [CREDENTIALS]):
        cookies = {"a": "1"} if credentials == "include" else None
        found = explain_all(
            "GET", url, origin=APP, servers=app, credentials=credentials, cookies=cookies
        )
        assert {engine: trial_notes(one) for engine, one in found.items()} == {
            "chromium": expected,
            "firefox": expected,
            "webkit": expected,  # which sends no cookies to another site, but checks the mode
        }


def test_a_request_with_credentials_has_the_note_even_if_the_browser_has_no_cookie_yet():
    assert trial_notes(explained(credentials="include")) == [CREDENTIALS]
    for credentials in "same-origin", "omit":
        assert trial_notes(explained(credentials=credentials)) == []


def test_a_mode_that_is_not_known_has_the_notes_of_a_request_without_credentials():
    assert trial_notes(explained(credentials=None)) == []


def test_a_note_takes_the_place_of_the_log(caplog):
    explained(origin=OTHER)
    assert [record for record in caplog.records if hasattr(record, "cors_trial")] == []


def test_a_trial_that_cannot_take_a_change_does_not_keep_the_advice_from_naming_it():
    tried = Policy([APP]).with_trial(Policy("*"))
    change = explained(tried, credentials="include").change
    assert change.settings == {"allow_credentials": True}
