"""The texts about each code: what it means, why it matters, and what to do."""

from collections.abc import Mapping
from typing import NamedTuple


class Text(NamedTuple):
    """What a code means, and what to do."""

    why: str
    advice: str


REASONS: Mapping[str, Text] = {
    "origin-not-allowed": Text(
        "The origin of the page is not in allow_origins, so the browser does not let the page read "
        "the response. An origin is scheme, host and port together: https://app.example and "
        "https://www.app.example are two origins.",
        "If its pages should read the response, add the origin to allow_origins. The origin 'null' "
        "is a sandboxed frame or a local file, which you can serve from an origin of its own, or a "
        "redirect across origins: then let the page request the last URL directly.",
    ),
    "method-not-allowed": Text(
        "The preflight requests a method that the policy does not allow, or that no view with this "
        "policy serves at the URL.",
        "If pages should send it and allow_methods is a list, add it. With allow_methods=None, "
        "serve the method in a view with this policy; only in an app without a router, list all "
        "methods. Methods are case-sensitive: the page has to use 'PATCH', not 'patch'.",
    ),
    "header-not-allowed": Text(
        "The page sets a request header that allow_headers does not list.",
        "If pages should send it, add it to allow_headers. Otherwise do not set it in the page.",
    ),
    "authorization-not-listed": Text(
        "The page sends Authorization. The wildcard '*' in allow_headers does not cover it.",
        'If pages should send it, use allow_headers=["*", "Authorization"], or list all headers by '
        "name.",
    ),
    "too-large": Text(
        "allow_headers has '*', and the preflight requests more than 8192 characters or 100 names. "
        "No ordinary page requests so many.",
        "List the headers in allow_headers instead of '*'.",
    ),
    "no-policy": Text(
        "No policy applies to this URL and method, and the headers that the app sends itself do "
        "not allow the page.",
        "Check the URL and the method first. @cors(None) is a decision: change it only if pages "
        "should read the view. Decorate other views with @cors(policy). Use a default policy only "
        "if pages may read every view without a decorator.",
    ),
    "app-raised": Text(
        "An exception left the app before the response started. The server's own error page has no "
        "CORS headers, so the page cannot read it.",
        "Fix the exception. If pages have to read such errors, answer them inside the app.",
    ),
    "credentials-not-allowed": Text(
        "The request has Cookie or Authorization, and the policy on trial does not allow "
        "credentials for the page's origin.",
        "If the page only sets Authorization itself, it loses nothing: change nothing. If it needs "
        "cookies, add its origin to allow_credentials of the policy on trial.",
    ),
    "header-not-exposed": Text(
        "The response has a header that the policy exposes, and the policy on trial does not.",
        "If the page reads the header, add it to expose_headers of the policy on trial.",
    ),
}
"""The reasons in the log, in events and in bodies of refused preflights."""

CHECKS: Mapping[str, Text] = {
    "missing": Text(
        "CORSMiddleware is not in MIDDLEWARE, so no view has CORS.",
        "Put 'wsgicors.django.CORSMiddleware' first in MIDDLEWARE.",
    ),
    "not-first": Text(
        "Middleware before CORSMiddleware may answer by itself. Such responses have no CORS "
        "headers.",
        "Move CORSMiddleware up. Only middleware that measures, chooses the URLconf or changes the "
        "path belongs before it.",
    ),
    "unknown-setting": Text(
        "A CORS_ setting is misspelt, or belongs to django-cors-headers, which is not in "
        "MIDDLEWARE. wsgicors does not read it.",
        "Use CORS_POLICIES, CORS_ENDPOINTS or CORS_OBSERVER, as the hint says.",
    ),
    "unreadable-file": Text(
        "CORS_POLICIES names a file that wsgicors cannot read.",
        "Correct the path, which starts at BASE_DIR, or the permissions of the file.",
    ),
    "wrong-observer": Text(
        "Django cannot import the function that CORS_OBSERVER names, or it cannot be called with "
        "an event. The project does not start.",
        'Use the name of a function with one argument, such as "shop.metrics.seen".',
    ),
}
"""The codes that only Django's ``manage.py check`` has."""

TEXTS: Mapping[str, Text] = {
    # Values
    "wrong-type": Text(
        "A value has a type that the setting does not accept. In Python the string 'false' is "
        "true, so a string where a bool belongs could open an API.",
        "Use the value that the message shows.",
    ),
    "no-origins": Text(
        "A list of origins is empty, or a table in a file has no allow_origins, so no page could "
        "read the response.",
        "List origins. For no CORS use @cors(None); for no credentials use "
        "allow_credentials=False.",
    ),
    "unknown-key": Text(
        "A table in a file of policies has a key that is not a setting. It would have no effect.",
        "Use the setting that the message suggests.",
    ),
    "no-policies": Text(
        "A file of policies has no tables, so it has no policies. It may be the wrong file.",
        "Add a table such as [default], with allow_origins.",
    ),
    "invalid-toml": Text(
        "A file of policies is not valid TOML. wsgicors cannot look for other errors then.",
        "Correct the line that the message names.",
    ),
    "unknown-risk": Text(
        "accept_risks contains a name that is not the code of a risk. An error that is not a risk "
        "cannot be accepted.",
        "Use one of the codes that the message lists.",
    ),
    "unknown-policy": Text(
        "A decorator or a table names a policy that is not defined.",
        "Correct the name, or define the policy.",
    ),
    "marked-endpoint": Text(
        "The table endpoints has an entry for a view that is decorated. The decorator is nearer to "
        "the view, so the entry would have no effect.",
        "Remove the entry or the decorator.",
    ),
    "method-decorators": Text(
        "cors() is in the method_decorators of a class of Flask-RESTful or Flask-RESTX. They "
        "decorate a method only when a request is served, which is too late for preflights.",
        "Use decorators = [cors(policy)], or put @cors(policy) above the class.",
    ),
    "defined-twice": Text(
        "CORS(app) and the app's configuration define a policy of the same name.",
        "Keep one of the two.",
    ),
    "unknown-endpoint": Text(
        "A table names an endpoint or a blueprint that the app does not have, so the entry would "
        "have no effect.",
        "Correct the name, or remove the entry.",
    ),
    # Origins
    "origin-syntax": Text(
        "Browsers send an origin in exactly one spelling: lower case, without a path, and without "
        "the default port. Any other spelling matches nothing.",
        "Use the spelling that the message shows.",
    ),
    "origin-without-scheme": Text(
        "A host is not an origin. Pages at http: and at https: have different origins.",
        "Put the scheme in front: 'https://app.example'.",
    ),
    "origin-not-ascii": Text(
        "Browsers send international domain names in their ASCII form.",
        "Use the ASCII form, which the message shows.",
    ),
    "origin-ip-spelling": Text(
        "An IP address has many spellings, and browsers send one of them. An address has no "
        "subdomains.",
        "Use the spelling that the message shows.",
    ),
    "any-origin-pattern": Text(
        "The pattern looks like a restriction, but allows every host, or pages with and without "
        "encryption.",
        "List the hosts. For '*://app.example', name the scheme: 'https://app.example'. If every "
        "page may read the response, use '*'.",
    ),
    "invalid-pattern": Text(
        "A wildcard is in the wrong place, or a string looks like a regular expression. wsgicors "
        "compares whole labels of a host and whole names: partial comparisons allow hosts such as "
        "evil-app.example.",
        "Use 'https://*.app.example' for subdomains and 'http://localhost:*' for ports, a callable "
        "for anything else, and full names of methods and headers.",
    ),
    "wildcard-with-credentials": Text(
        "Every origin is allowed, with credentials. Browsers block that combination.",
        "List the origins that need cookies: allow_credentials=['https://app.example'].",
    ),
    "opaque-origin": Text(
        "'null' and 'file://' are the origins of every sandboxed frame and local file. Any page "
        "can have such a frame, so the policy allows any page.",
        "Use '*' if every page may read the response. Otherwise remove the entry.",
    ),
    "opaque-origin-with-credentials": Text(
        "'null' and 'file://' are the origins of every sandboxed frame and local file. Any page "
        "could send requests with your visitors' cookies and read the responses.",
        "Remove the entry. This risk cannot be accepted.",
    ),
    "callable-with-credentials": Text(
        "Code decides at run time which origins may send requests with cookies. A reviewer cannot "
        "see which these are, and an error in the code gives away the accounts of visitors.",
        "List the origins. If you cannot, make sure that the code compares whole hosts, and accept "
        "the risk.",
    ),
    "plain-http-origin": Text(
        "Pages at http: are not encrypted. Anyone between the visitor and the page can insert "
        "JavaScript, which then acts with the visitor's cookies.",
        "Serve the page with https:, and list that origin.",
    ),
    "subdomains-with-credentials": Text(
        "Every subdomain may send requests with cookies: also a forgotten one, and one that points "
        "to a service that you have cancelled.",
        "List the subdomains that need cookies.",
    ),
    "public-suffix-wildcard": Text(
        "The wildcard covers a domain under which anyone can register a name, such as a top-level "
        "domain or a hosting service.",
        "Use a domain that is yours.",
    ),
    "public-suffix-wildcard-with-credentials": Text(
        "The wildcard covers a domain under which anyone can register a name, and all of these "
        "sites may send requests with cookies.",
        "Use a domain that is yours.",
    ),
    "credentials-not-covered": Text(
        "allow_credentials lists an origin that allow_origins does not cover. Its pages could send "
        "cookies, but not read the response.",
        "Add the origin to allow_origins, or remove it from allow_credentials.",
    ),
    "development-origin": Text(
        "Any program on a visitor's machine can serve pages of a loopback origin such as "
        "http://localhost:3000. A policy notes one that may send cookies; the audit warns of each "
        "one that is allowed while the app is not in debug mode.",
        "Allow loopback origins only in development.",
    ),
    # Methods and headers
    "invalid-name": Text(
        "A name has characters that such names cannot have, or quotes around it. One invalid name "
        "in a list makes preflights fail; in expose_headers, browsers then ignore the whole list.",
        "Correct the name. For an empty list use [].",
    ),
    "forbidden-method": Text(
        "Browsers do not let pages use CONNECT, TRACE and TRACK.",
        "Remove the method.",
    ),
    "method-case": Text(
        "Browsers send PATCH in the case that the page uses, and methods are case-sensitive.",
        "Use 'PATCH', in the policy and in the page.",
    ),
    "options-listed": Text(
        "allow_methods lists OPTIONS. Preflights do not need that: it allows pages to send OPTIONS "
        "requests of their own.",
        "Remove it, unless pages send such requests.",
    ),
    "forbidden-request-header": Text(
        "Only the browser sets this request header, so a page cannot send it.",
        "Remove it. For cookies use allow_credentials.",
    ),
    "forbidden-response-header": Text(
        "Pages can never read Set-Cookie.",
        "Remove it. For cookies use allow_credentials.",
    ),
    "misplaced-header": Text(
        "The requests or responses of this list do not have the header. For example, "
        "Access-Control-Allow-Origin is not a request header.",
        "Remove it. wsgicors sends the headers of CORS itself.",
    ),
    "expose-wildcard-with-credentials": Text(
        "With credentials, browsers read '*' as the name of a header, so it exposes nothing.",
        "List the headers to expose.",
    ),
    "wildcard-without-authorization": Text(
        "The wildcard '*' in allow_headers covers every request header except Authorization.",
        'If pages send Authorization, use allow_headers=["*", "Authorization"].',
    ),
    "credentials-with-authorization": Text(
        "Cookies and bearer tokens are both allowed. An API whose clients send a token does not "
        "need cookies, and cookies let other sites send requests as the visitor.",
        "Remove allow_credentials, unless pages need both.",
    ),
    "content-type-not-allowed": Text(
        "PATCH, POST or PUT is allowed, and allow_headers lacks Content-Type. The preflights of "
        "requests with JSON bodies will be refused.",
        "If pages send JSON, add 'Content-Type' to allow_headers.",
    ),
    "redundant": Text(
        "An entry has no effect: it is listed twice, a wildcard covers it, or pages can read it "
        "anyway.",
        "Remove it.",
    ),
    # Seconds
    "invalid-max-age": Text(
        "max_age is not a whole number of seconds from 0 to 86400. Browsers cap larger values, and "
        "treat others in different ways.",
        "Use max_age=600, for example, or None to omit the header.",
    ),
    "max-age-above-caps": Text(
        "Some browsers cache preflights for a shorter time: at most 7200 seconds in Chromium, and "
        "600 in WebKit.",
        "Nothing, or use a smaller number.",
    ),
    # Findings of the audit
    "mark-above-route": Text(
        "@cors is above a decorator and the route is below it, so the router does not see the "
        "policy.",
        "Put the route decorator at the top.",
    ),
    "unreached-mark": Text(
        "No route reaches this decorated view. For example, a blueprint is not registered, a later "
        "view has replaced this one, or a decorator without functools.wraps hides it.",
        "Register the blueprint, or decorate the view that replaced this one. If a decorator hides "
        "it, use functools.wraps there, or put @cors above that decorator. Remove @cors only if "
        "the view is not used.",
    ),
    "other-cors-layer": Text(
        "Another library writes CORS headers in this app. It may let pages read responses that "
        "wsgicors leaves without CORS.",
        "Remove one of the two.",
    ),
    "view-without-policy": Text(
        "Other views have a policy, and this one does not, not even a default. Pages of other "
        "origins cannot read it, unless the app writes CORS headers itself.",
        "Decorate it with @cors(policy), or with @cors(None) if this is intended.",
    ),
    "origin-matches-nothing": Text(
        "The origin is valid, but no page can have it: its top-level domain does not exist, for "
        "example, or it is https at port 80.",
        "Correct or remove it.",
    ),
    "headers-differ": Text(
        "Two policies at one URL allow different request headers. Browsers cache allowed headers "
        "by URL, so a header that one policy allows can reach the other without a preflight.",
        "Allow the same headers in both, or use max_age=0.",
    ),
    "redirect-leaves-app": Text(
        "The router redirects to another host, where the policies of this app do not apply.",
        "If that is the app's own host, redirect to a path. Otherwise let pages request the other "
        "URL directly.",
    ),
    "everybody-may-write": Text(
        "Pages of any origin may send more than GET and HEAD here. A page that an employee opens "
        "can then reach an app in your private network.",
        "List the origins, unless this is intended.",
    ),
    "simple-request-not-listed": Text(
        "allow_methods leaves out a GET or POST that the route serves. wsgicors refuses preflights "
        "for it, but browsers send simple requests without a preflight.",
        "Add the method, or use a separate view with @cors(None).",
    ),
    "package-without-policy": Text(
        "The views of an installed package have no policy, and you cannot decorate its code.",
        "If pages should read one of its views, add the view to the table endpoints.",
    ),
    "trial-allows-more": Text(
        "The trial of a policy allows something that the policy does not. Reports show only what "
        "pages would lose.",
        "Review what pages would gain, as you review a change of the policy.",
    ),
    "trial-takes-nothing": Text(
        "The trial takes nothing from pages at any route, so it reports nothing.",
        "Correct its settings, or end it.",
    ),
    "accepted-risk": Text(
        "A policy accepts a risk, with accept_risks.",
        "Check that the reason to accept it still holds.",
    ),
}
"""The problems of policies, apps and files, and the findings of the audit."""
