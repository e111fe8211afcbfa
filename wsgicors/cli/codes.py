"""What each code means, why it matters, and what to do: for ``wsgicors why`` and the reference."""

from collections.abc import Mapping
from typing import NamedTuple

from .._core.problems import CODES as PROBLEMS
from ..auditing import CODES as FINDINGS


class Entry(NamedTuple):
    """A code, explained."""

    kind: str
    """Where the code appears, and how severe it is."""
    why: str
    """What it means, and why it matters."""
    advice: str
    """What to do."""


class _Text(NamedTuple):
    why: str
    advice: str


REASONS: Mapping[str, _Text] = {
    "origin-not-allowed": _Text(
        "The origin of the page is not in allow_origins, so the browser does not let the page read "
        "the response. An origin is scheme, host and port together: https://app.example and "
        "https://www.app.example are two origins.",
        "If its pages should read the response, add the origin to allow_origins. The origin 'null' "
        "is a sandboxed frame, a local file or a redirect across origins: serve that page from an "
        "origin of its own.",
    ),
    "method-not-allowed": _Text(
        "The preflight requests a method that the policy does not allow, or that no view with this "
        "policy serves at the URL.",
        "Add the method to allow_methods, or route it to a view with this policy. Methods are "
        "case-sensitive: the page has to use 'PATCH', not 'patch'.",
    ),
    "header-not-allowed": _Text(
        "The page sets a request header that allow_headers does not list.",
        "Add the header to allow_headers, or do not set it in the page.",
    ),
    "authorization-not-listed": _Text(
        "The page sends Authorization. The wildcard '*' in allow_headers does not cover it.",
        'Use allow_headers=["*", "Authorization"], or list all headers by name.',
    ),
    "too-large": _Text(
        "allow_headers has '*', and the preflight requests more than 8192 characters or 100 names. "
        "No ordinary page requests so many.",
        "List the headers in allow_headers instead of '*'.",
    ),
    "no-policy": _Text(
        "No policy applies to this URL and method, and the headers that the app sends itself do "
        "not allow the page.",
        "Decorate the view with @cors(policy), or give the app a default policy.",
    ),
    "app-raised": _Text(
        "An exception left the app before the response started. The server's own error page has no "
        "CORS headers, so the page cannot read it.",
        "Fix the exception. If pages have to read such errors, answer them inside the app.",
    ),
    "credentials-not-allowed": _Text(
        "The request has Cookie or Authorization, and the policy on trial does not allow "
        "credentials for the page's origin.",
        "If the page needs them, add its origin to allow_credentials of the policy on trial.",
    ),
    "header-not-exposed": _Text(
        "The response has a header that the policy exposes, and the policy on trial does not.",
        "If the page reads the header, add it to expose_headers of the policy on trial.",
    ),
}
"""The reasons in the log, in events and in bodies of refused preflights."""

_TEXTS: Mapping[str, _Text] = {
    # Values
    "wrong-type": _Text(
        "A value has a type that the setting does not accept. In Python the string 'false' is "
        "true, so a string where a bool belongs could open an API.",
        "Use the value that the message shows.",
    ),
    "no-origins": _Text(
        "A list of origins is empty, or a table in a file has no allow_origins, so no page could "
        "read the response.",
        "List origins. For no CORS use @cors(None); for no credentials use "
        "allow_credentials=False.",
    ),
    "unknown-key": _Text(
        "A table in a file of policies has a key that is not a setting. It would have no effect.",
        "Use the setting that the message suggests.",
    ),
    "no-policies": _Text(
        "A file of policies has no tables, so it has no policies. It may be the wrong file.",
        "Add a table such as [default], with allow_origins.",
    ),
    "invalid-toml": _Text(
        "A file of policies is not valid TOML. wsgicors cannot look for other errors then.",
        "Correct the line that the message names.",
    ),
    "unknown-risk": _Text(
        "accept_risks contains a name that is not the code of a risk. An error that is not a risk "
        "cannot be accepted.",
        "Use one of the codes that the message lists.",
    ),
    "unknown-policy": _Text(
        "A decorator or a table names a policy that is not defined.",
        "Correct the name, or define the policy.",
    ),
    "marked-endpoint": _Text(
        "The table endpoints has an entry for a view that is decorated. The decorator is nearer to "
        "the view, so the entry would have no effect.",
        "Remove the entry or the decorator.",
    ),
    "method-decorators": _Text(
        "cors() is in the method_decorators of a class of Flask-RESTful or Flask-RESTX. They "
        "decorate a method only when a request is served, which is too late for preflights.",
        "Use decorators = [cors(policy)], or put @cors(policy) above the class.",
    ),
    "defined-twice": _Text(
        "CORS(app) and the app's configuration define a policy of the same name.",
        "Keep one of the two.",
    ),
    "unknown-endpoint": _Text(
        "A table names an endpoint or a blueprint that the app does not have, so the entry would "
        "protect nothing.",
        "Correct the name, or remove the entry.",
    ),
    # Origins
    "origin-syntax": _Text(
        "Browsers send an origin in exactly one spelling: lower case, without a path, and without "
        "the default port. Any other spelling matches nothing.",
        "Use the spelling that the message shows.",
    ),
    "origin-without-scheme": _Text(
        "A host is not an origin. Pages at http: and at https: have different origins.",
        "Put the scheme in front: 'https://app.example'.",
    ),
    "origin-not-ascii": _Text(
        "Browsers send international domain names in their ASCII form.",
        "Use the ASCII form, which the message shows.",
    ),
    "origin-ip-spelling": _Text(
        "An IP address has many spellings, and browsers send one of them. An address has no "
        "subdomains.",
        "Use the spelling that the message shows.",
    ),
    "any-origin-pattern": _Text(
        "The pattern looks like a restriction, but allows every host, or pages with and without "
        "encryption.",
        "List the hosts. If every page may read the response, use '*'.",
    ),
    "invalid-pattern": _Text(
        "A wildcard is in the wrong place, or a string looks like a regular expression. wsgicors "
        "compares whole labels of a host and whole names: partial comparisons allow hosts such as "
        "evil-app.example.",
        "Use 'https://*.app.example' for subdomains and 'http://localhost:*' for ports, a callable "
        "for anything else, and full names of methods and headers.",
    ),
    "wildcard-with-credentials": _Text(
        "Every origin is allowed, with credentials. Browsers block that combination.",
        "List the origins that need cookies: allow_credentials=['https://app.example'].",
    ),
    "opaque-origin": _Text(
        "'null' and 'file://' are the origins of every sandboxed frame and local file. Any page "
        "can have such a frame, so the policy allows any page.",
        "Use '*' if every page may read the response. Otherwise remove the entry.",
    ),
    "opaque-origin-with-credentials": _Text(
        "'null' and 'file://' are the origins of every sandboxed frame and local file. Any page "
        "could send requests with your visitors' cookies and read the responses.",
        "Remove the entry. This risk cannot be accepted.",
    ),
    "callable-with-credentials": _Text(
        "Code decides at run time which origins may send requests with cookies. A reviewer cannot "
        "see which these are, and an error in the code gives away the accounts of visitors.",
        "List the origins. If you cannot, make sure that the code compares whole hosts, and accept "
        "the risk.",
    ),
    "plain-http-origin": _Text(
        "Pages at http: are not encrypted. Anyone between the visitor and the page can insert "
        "JavaScript, which then acts with the visitor's cookies.",
        "Serve the page with https:, and list that origin.",
    ),
    "subdomains-with-credentials": _Text(
        "Every subdomain may send requests with cookies: also a forgotten one, and one that points "
        "to a service that you have cancelled.",
        "List the subdomains that need cookies.",
    ),
    "public-suffix-wildcard": _Text(
        "The wildcard covers a domain under which anyone can register a name, such as a top-level "
        "domain or a hosting service.",
        "Use a domain that is yours.",
    ),
    "public-suffix-wildcard-with-credentials": _Text(
        "The wildcard covers a domain under which anyone can register a name, and all of these "
        "sites may send requests with cookies.",
        "Use a domain that is yours.",
    ),
    "credentials-not-covered": _Text(
        "allow_credentials lists an origin that allow_origins does not cover. Its pages could send "
        "cookies, but not read the response.",
        "Add the origin to allow_origins, or remove it from allow_credentials.",
    ),
    "development-origin": _Text(
        "A loopback origin such as http://localhost:3000 is allowed. In production, any program on "
        "a visitor's machine can serve such a page.",
        "Allow loopback origins only in development.",
    ),
    # Methods and headers
    "invalid-name": _Text(
        "A name has characters that such names cannot have, or quotes around it. One invalid name "
        "in a list makes preflights fail; in expose_headers, browsers then ignore the whole list.",
        "Correct the name. For an empty list use [].",
    ),
    "forbidden-method": _Text(
        "Browsers do not let pages use CONNECT, TRACE and TRACK.",
        "Remove the method.",
    ),
    "method-case": _Text(
        "Browsers send PATCH in the case that the page uses, and methods are case-sensitive.",
        "Use 'PATCH', in the policy and in the page.",
    ),
    "options-listed": _Text(
        "allow_methods lists OPTIONS. Preflights do not need that: it allows pages to send OPTIONS "
        "requests of their own.",
        "Remove it, unless pages send such requests.",
    ),
    "forbidden-request-header": _Text(
        "Only the browser sets this request header, so a page cannot send it.",
        "Remove it. For cookies use allow_credentials.",
    ),
    "forbidden-response-header": _Text(
        "Pages can never read Set-Cookie.",
        "Remove it. For cookies use allow_credentials.",
    ),
    "misplaced-header": _Text(
        "The requests or responses of this list do not have the header. For example, "
        "Access-Control-Allow-Origin is not a request header.",
        "Remove it. wsgicors sends the headers of CORS itself.",
    ),
    "expose-wildcard-with-credentials": _Text(
        "With credentials, browsers read '*' as the name of a header, so it exposes nothing.",
        "List the headers to expose.",
    ),
    "wildcard-without-authorization": _Text(
        "The wildcard '*' in allow_headers covers every request header except Authorization.",
        'If pages send Authorization, use allow_headers=["*", "Authorization"].',
    ),
    "credentials-with-authorization": _Text(
        "Cookies and bearer tokens are both allowed. An API whose clients send a token does not "
        "need cookies, and cookies let other sites send requests as the visitor.",
        "Remove allow_credentials, unless pages need both.",
    ),
    "content-type-not-allowed": _Text(
        "PATCH, POST or PUT is allowed, and allow_headers lacks Content-Type. The preflights of "
        "requests with JSON bodies will be refused.",
        "If pages send JSON, add 'Content-Type' to allow_headers.",
    ),
    "redundant": _Text(
        "An entry has no effect: it is listed twice, a wildcard covers it, or pages can read it "
        "anyway.",
        "Remove it.",
    ),
    # Seconds
    "invalid-max-age": _Text(
        "max_age is not a whole number of seconds from 0 to 86400. Browsers ignore other values.",
        "Use max_age=600, for example, or None to omit the header.",
    ),
    "max-age-above-caps": _Text(
        "Some browsers cache preflights for a shorter time: at most 7200 seconds in Chromium, and "
        "600 in WebKit.",
        "Nothing, or use a smaller number.",
    ),
    # Findings of the audit
    "mark-above-route": _Text(
        "@cors is above a decorator and the route is below it, so the router does not see the "
        "policy.",
        "Put the route decorator at the top.",
    ),
    "unreached-mark": _Text(
        "No route reaches this decorated view. For example, a blueprint is not registered, a later "
        "view has replaced this one, or a decorator without functools.wraps hides it.",
        "Add a route, or remove @cors.",
    ),
    "other-cors-layer": _Text(
        "Another library writes CORS headers in this app. It may let pages read responses that "
        "wsgicors leaves without CORS.",
        "Remove one of the two.",
    ),
    "view-without-policy": _Text(
        "Other views have a policy, and this one does not, not even a default. Pages of other "
        "origins cannot read it, unless the app writes CORS headers itself.",
        "Decorate it with @cors(policy), or with @cors(None) if this is intended.",
    ),
    "origin-matches-nothing": _Text(
        "The origin is valid, but no page can have it: its top-level domain does not exist, for "
        "example, or it is https at port 80.",
        "Correct or remove it.",
    ),
    "headers-differ": _Text(
        "Two policies at one URL allow different request headers. Browsers cache allowed headers "
        "by URL, so a header that one policy allows can reach the other without a preflight.",
        "Allow the same headers in both, or use max_age=0.",
    ),
    "redirect-leaves-app": _Text(
        "The router redirects to another host, where the policies of this app do not apply.",
        "If that is the app's own host, redirect to a path. Otherwise let pages request the other "
        "URL directly.",
    ),
    "everybody-may-write": _Text(
        "Pages of any origin may send more than GET and HEAD here. A page that an employee opens "
        "can then reach an app in your private network.",
        "List the origins, unless this is intended.",
    ),
    "simple-request-not-listed": _Text(
        "allow_methods leaves out a GET or POST that the route serves. wsgicors refuses preflights "
        "for it, but browsers send simple requests without a preflight.",
        "Add the method, or use a separate view with @cors(None).",
    ),
    "package-without-policy": _Text(
        "The views of an installed package have no policy, and you cannot decorate its code.",
        "If pages should read one of its views, add the view to the table endpoints.",
    ),
    "trial-allows-more": _Text(
        "The trial of a policy allows something that the policy does not. Reports show only what "
        "pages would lose.",
        "Review what pages would gain, as you review a change of the policy.",
    ),
    "trial-takes-nothing": _Text(
        "The trial takes nothing from pages at any route, so it reports nothing.",
        "Correct its settings, or end it.",
    ),
    "accepted-risk": _Text(
        "accept_risks names a risk.",
        "Check that the reason to accept it still holds.",
    ),
}


def find_entry(code: str) -> Entry | None:
    """Return what a code means, or ``None`` if there is no such code."""
    if text := REASONS.get(code):
        return Entry("reason in the log", *text)
    if text := _TEXTS.get(code):
        return Entry(_kind_of(code), *text)
    return None


def _kind_of(code: str) -> str:
    """Return how severe a problem or a finding is, and where it appears."""
    problem, finding = PROBLEMS.get(code), FINDINGS.get(code)
    if problem is None:
        return f"{FINDINGS[code].severity} of the audit"
    kind = f"{problem.severity} of a policy"
    if problem.is_risk:
        kind += ", a risk that accept_risks can accept"
    if finding is not None and finding.severity != problem.severity:
        kind += f"; {finding.severity} of the audit"
    return kind


ALL_CODES = (*_TEXTS, *REASONS)
"""Every code."""
