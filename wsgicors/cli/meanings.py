"""The texts about each code: what it means, why it matters, and what to do."""

from collections.abc import Mapping
from typing import NamedTuple


class Text(NamedTuple):
    """What a code means, and what to do."""

    why: str
    advice: str


REASONS: Mapping[str, Text] = {
    "origin-not-allowed": Text(
        "The page's origin is not in allow_origins, so the browser hides the response from the "
        "page. An origin is scheme, host and port together: http://app.example, "
        "https://app.example, https://www.app.example and https://app.example:8443 are four "
        "origins.",
        "If its pages should read the response, add the origin. Do not add 'null', the "
        "origin of sandboxed frames, local files and requests that another origin redirected: "
        "serve the page from an origin of its own, or request the last URL directly.",
    ),
    "method-not-allowed": Text(
        "The preflight requests a method that the policy does not allow, or that no view with this "
        "policy serves at the URL.",
        "If pages should send it and allow_methods is a list, add it. With allow_methods=None, "
        "serve the method in a view with this policy; without a router, list all methods. "
        "Methods are case-sensitive: the page has to use 'PATCH', not 'patch'.",
    ),
    "header-not-allowed": Text(
        "The page sets a request header that allow_headers does not list. Your own list replaces "
        "the default, which allows Content-Type for JSON bodies.",
        "If pages should send it, add it. Otherwise do not set it in the page.",
    ),
    "authorization-not-listed": Text(
        "The page sends Authorization, which '*' in allow_headers does not cover.",
        'If pages should send it, use allow_headers=["*", "Authorization"].',
    ),
    "too-large": Text(
        "The preflight requests more than 8192 characters, or with '*' in allow_headers more than "
        "100 names, which no ordinary page does.",
        "Set fewer headers in the page, or list them in allow_headers instead of '*'.",
    ),
    "no-policy": Text(
        "No policy applies to this URL and method, and the app's own response does not allow the "
        "page.",
        "Check the URL and the method. If pages should read the view, decorate it with "
        "@cors(policy), in place of any @cors(None). Use a default policy only if pages may read "
        "every view without a decorator.",
    ),
    "app-raised": Text(
        "An exception left the app before the response started, and the server's error page has "
        "no CORS headers, so the browser reports a CORS error.",
        "Fix the exception. If pages have to read such errors, answer them inside the app.",
    ),
    "credentials-not-allowed": Text(
        "The request has Cookie or Authorization, and the policy on trial does not allow "
        "credentials for the page's origin.",
        "If the page needs cookies, add its origin to allow_credentials of the policy on trial. "
        "If it only sets Authorization itself, it loses nothing.",
    ),
    "header-not-exposed": Text(
        "The policy exposes a header of the response, and the policy on trial does not.",
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
        "Middleware before CORSMiddleware may answer by itself, without CORS headers.",
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
        "Django cannot import the function that CORS_OBSERVER names, or cannot call it with an "
        "event, so the project does not start.",
        'Use the name of a function with one argument, such as "shop.metrics.seen".',
    ),
}
"""The codes that only Django's ``manage.py check`` has."""

TEXTS: Mapping[str, Text] = {
    # Values
    "wrong-type": Text(
        "A value has a type that the setting does not accept. In Python the string 'false' is "
        "true, so it could open an API.",
        "Use the value that the message shows.",
    ),
    "no-origins": Text(
        "A list of origins is empty, or a table in a file has no allow_origins, so no page could "
        "read the response.",
        "List origins. For no CORS use @cors(None); for no credentials use "
        "allow_credentials=False.",
    ),
    "unknown-key": Text(
        "A table in a file of policies has a key that is not a setting, so it would have no "
        "effect.",
        "Use the setting that the message suggests.",
    ),
    "no-policies": Text(
        "A file of policies has no tables. It may be the wrong file.",
        "Add a table such as [default], with allow_origins.",
    ),
    "invalid-toml": Text(
        "A file of policies is not valid TOML, so wsgicors cannot look for other errors in it.",
        "Correct the line that the message names.",
    ),
    "unknown-risk": Text(
        "accept_risks contains a name that is not the code of a risk.",
        "Use one of the codes that the message lists.",
    ),
    "unknown-policy": Text(
        "A decorator or a table names a policy that the app does not have.",
        "Correct the name, or define the policy: in the argument policies= of CORS, in "
        "CORS_POLICIES of Django or Flask, or in the setting wsgicors.policies of Pyramid.",
    ),
    "marked-endpoint": Text(
        "The table endpoints has an entry for a view with @cors, which takes precedence, so the "
        "entry would have no effect.",
        "Remove the entry or the decorator.",
    ),
    "method-decorators": Text(
        "cors() is in the method_decorators of a class of Flask-RESTful or Flask-RESTX. These "
        "decorate a method when it serves a request, too late for preflights.",
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
        "Browsers send an origin in exactly one spelling: lower case, without a path or a slash at "
        "the end, and without the default port. Any other spelling matches nothing.",
        "Use the spelling that the message shows.",
    ),
    "origin-without-scheme": Text(
        "A host is not an origin: its pages at http and at https have different origins.",
        "Put the scheme in front: 'https://app.example'.",
    ),
    "origin-not-ascii": Text(
        "Browsers send international domain names in their ASCII form.",
        "Use the spelling that the message shows.",
    ),
    "origin-ip-spelling": Text(
        "An IP address has many spellings, and browsers send one of them. An address has no "
        "subdomains.",
        "Use the spelling that the message shows.",
    ),
    "any-origin-pattern": Text(
        "The pattern looks like a restriction, but allows every host, or pages with and without "
        "encryption.",
        "List the hosts, each with its scheme. If every page may read the response, use '*'.",
    ),
    "invalid-pattern": Text(
        "A wildcard is in the wrong place, or a string looks like a regular expression. wsgicors "
        "compares whole labels of a host and whole names, so that evil-app.example does not "
        "pass for app.example.",
        "Use 'https://*.app.example' for subdomains, 'http://localhost:*' for ports, or a "
        "callable. List methods and headers by their full names.",
    ),
    "wildcard-with-credentials": Text(
        "Every origin is allowed with credentials, a combination that browsers block.",
        "List the origins that need cookies: allow_credentials=['https://app.example'].",
    ),
    "opaque-origin": Text(
        "'null' and 'file://' are the origins of every sandboxed frame and local file. Any page "
        "can have such a frame, so the policy allows any page.",
        "Remove the entry, or use '*' if every page may read the response.",
    ),
    "opaque-origin-with-credentials": Text(
        "'null' and 'file://' are the origins of every sandboxed frame and local file, so any "
        "page could act with your visitors' cookies.",
        "Remove the entry. You cannot accept this risk.",
    ),
    "callable-with-credentials": Text(
        "Code decides at run time which origins may send requests with cookies. A reviewer "
        "cannot see them, and an error in the code gives away accounts.",
        "List the origins. If you cannot, make sure that the code compares whole hosts, and accept "
        "the risk.",
    ),
    "plain-http-origin": Text(
        "Pages at http are not encrypted, so anyone on the network can insert JavaScript that "
        "acts with the visitor's cookies.",
        "Serve the page with https, and list that origin.",
    ),
    "subdomains-with-credentials": Text(
        "Every subdomain may send requests with cookies, also a forgotten one, and one that "
        "points to a service that you have cancelled.",
        "List the subdomains that need cookies.",
    ),
    "public-suffix-wildcard": Text(
        "The wildcard covers a domain under which anyone can register a name, such as a top-level "
        "domain or a hosting service.",
        "Use a domain that is yours.",
    ),
    "public-suffix-wildcard-with-credentials": Text(
        "The wildcard covers a domain under which anyone can register a name, and these sites "
        "may send requests with cookies.",
        "Use a domain that is yours.",
    ),
    "credentials-not-covered": Text(
        "allow_credentials lists an origin that allow_origins does not cover, so its pages could "
        "send cookies, but not read the response.",
        "Add the origin to allow_origins, or remove it from allow_credentials.",
    ),
    "development-origin": Text(
        "Any program on a visitor's machine can serve pages of a loopback origin such as "
        "http://localhost:3000. A policy notes one that may send cookies. Outside debug mode, "
        "the audit warns of each one.",
        "Allow loopback origins only in development.",
    ),
    # Methods and headers
    "invalid-name": Text(
        "A name has characters that such names cannot have, or quotes around it. One "
        "such name makes preflights fail; in expose_headers, browsers ignore the whole list.",
        "Correct the name. For an empty list use [].",
    ),
    "forbidden-method": Text(
        "Browsers do not let pages use CONNECT, TRACE or TRACK.",
        "Remove the method.",
    ),
    "method-case": Text(
        "Browsers send PATCH in the case that the page uses, and methods are case-sensitive.",
        "Use 'PATCH', in the policy and in the page.",
    ),
    "options-listed": Text(
        "Preflights do not need OPTIONS in allow_methods. It lets pages send OPTIONS requests of "
        "their own.",
        "Remove it, unless pages send such requests.",
    ),
    "forbidden-request-header": Text(
        "Only the browser sets this request header.",
        "Remove it. For cookies use allow_credentials.",
    ),
    "forbidden-response-header": Text(
        "Pages can never read Set-Cookie.",
        "Remove it. For cookies use allow_credentials.",
    ),
    "misplaced-header": Text(
        "The requests or responses of this list do not have the header: "
        "Access-Control-Allow-Origin, for example, is not a request header.",
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
        "Cookies and bearer tokens are both allowed. Clients that send a token need no cookies, "
        "and cookies let other sites send requests as the visitor.",
        "Remove allow_credentials, unless pages need both.",
    ),
    "content-type-not-allowed": Text(
        "PATCH, POST or PUT is allowed, but Content-Type is not in allow_headers, so browsers "
        "block requests with JSON bodies.",
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
        "Chromium caches preflights for at most 7200 seconds, and WebKit for 600.",
        "Do nothing, or use a smaller number.",
    ),
    # Findings of the audit
    "mark-above-route": Text(
        "A mark is what @cors stores on a view: its policy. Here the route is below @cors and "
        "another decorator, so the router has a view without the mark, and the policy has no "
        "effect.",
        "Put the route decorator at the top.",
    ),
    "unreached-mark": Text(
        "@cors stored a mark, which is its policy, on a view that no route reaches. For example, "
        "a blueprint is not registered, a later view has replaced this one, or a decorator "
        "without functools.wraps hides it.",
        "Register the blueprint, decorate the later view, use functools.wraps in the "
        "decorator, or put @cors above it. Remove @cors only if the view is not used.",
    ),
    "other-cors-layer": Text(
        "Another library writes CORS headers in this app, and may let pages read what wsgicors "
        "leaves without CORS.",
        "Remove one of the two.",
    ),
    "view-without-policy": Text(
        "Other views have a policy, and this one has not even a default. Pages of other origins "
        "cannot read it, unless the app writes CORS headers itself.",
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
        "If that is the app's own host, redirect to a path. Otherwise let pages request that URL "
        "directly.",
    ),
    "everybody-may-write": Text(
        "Pages of any origin may send more than GET and HEAD, so a page that an employee opens "
        "can reach an app in your private network.",
        "List the origins, unless this is intended.",
    ),
    "simple-request-not-listed": Text(
        "allow_methods omits a GET or POST that the route serves. wsgicors refuses its "
        "preflights, but browsers send simple requests without one.",
        "Add the method, or use a separate view with @cors(None).",
    ),
    "package-without-policy": Text(
        "Views of an installed package have no policy, and you cannot decorate them.",
        "If pages should read one of them, add it to the table endpoints.",
    ),
    "trial-allows-more": Text(
        "The trial of a policy allows more than the policy does, and reports show only what "
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
