"""Why some tests fail with CORS and pass without.

Each test is named without its parameters. A test that differs and is not named here, or that fails
for another reason than the one here, makes the run fail; so does a name here that does not differ.
"""

from typing import NamedTuple


class Difference(NamedTuple):
    """Tests that fail with CORS for the same reason."""

    tests: tuple[str, ...]
    """Their ids, without parameters."""
    says: str
    """What the message of the failure contains."""
    reason: str


VARY = (
    "The test compares all headers, or all of `Vary`. With a policy that names an origin every "
    "response has `Vary: Origin`"
)
OWN_HEADERS = (
    "The test asks for the CORS headers that the app itself writes. With wsgicors the policy "
    "replaces them, and it does not allow the origin of the test"
)

DIFFERENCES = {
    "flask": [
        Difference(
            (
                "tests/test_basic.py::test_session_refresh_vary",
                "tests/test_basic.py::test_session_vary_cookie",
            ),
            "Cookie, Origin",
            VARY,
        ),
    ],
    "falcon": [
        Difference(
            ("tests/test_headers.py::TestHeaders::test_vary_header",),
            "accept-encoding",
            VARY,
        ),
        Difference(
            (
                "tests/test_httperror.py::TestDefaultSerializeError::test_defaults_to_json",
                "tests/test_httperror.py::TestDefaultSerializeError::"
                "test_serializes_error_to_preferred_by_sender",
                "tests/test_httperror.py::TestDefaultSerializeError::test_unknown_accept",
                "tests/test_httperror.py::TestHTTPError::test_base_class",
                "tests/test_httperror.py::TestHTTPError::test_client_does_not_accept_json_or_xml",
            ),
            "Accept, Origin",
            VARY,
        ),
        Difference(
            ("tests/test_inspect.py::TestInspectApp::test_empty_app",),
            "FalconResolver.process_resource",
            "The test lists the middleware of an app. wsgicors adds one",
        ),
        Difference(
            ("tests/test_static.py::test_options_request",),
            "has Falcon's own CORS",
            "The app gets Falcon's own CORS after wsgicors, which rejects that",
        ),
    ],
    "httpbin": [
        Difference(
            tuple(
                f"tests/test_httpbin.py::HttpbinTestCase::test_set_cors_{what}"
                for what in (
                    "credentials_headers_after_auth_request",
                    "headers_after_request",
                    "headers_after_request_with_request_origin",
                    "headers_with_options_verb",
                )
            ),
            "None != ",
            OWN_HEADERS,
        ),
    ],
    "werkzeug": [
        Difference(
            tuple(
                f"tests/test_test.py::{test}"
                for test in (
                    "test_lazy_start_response_empty_response_app",
                    "test_no_content_type_header_addition",
                    "test_run_wsgi_app_closing_iterator",
                    "test_run_wsgi_apps",
                )
            ),
            "'Origin')",
            VARY,
        ),
    ],
    "wsgidav": [
        Difference(
            ("tests/test_cors.py::CorsTest::test_expose_headers_not_on_preflight",),
            "unexpectedly None",
            OWN_HEADERS,
        ),
        Difference(
            ("tests/test_cors.py::CorsTest::test_expose_headers_on_actual_response",),
            "None != '*'",
            OWN_HEADERS,
        ),
    ],
}
"""By project."""
