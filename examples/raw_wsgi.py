"""A notice board in plain WSGI: everybody reads it, and the staff's pages write on it.

The app uses no framework. One table has the function and the policy of each request, so that the
two always belong together.

Run it with ``python -m examples.raw_wsgi``.
"""

import json
from wsgiref.simple_server import make_server

from wsgicors import CORSMiddleware, Endpoint, Policy

public = Policy(allow_origins="*")
staff = Policy(allow_origins=["https://staff.example"], max_age=600)

NOTICES = ["open until six"]


def read_notices(environ):
    return "200 OK", NOTICES


def add_notice(environ):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    NOTICES.append(json.loads(environ["wsgi.input"].read(length)))
    return "201 Created", NOTICES


def clear_notices(environ):
    NOTICES.clear()
    return "200 OK", NOTICES


ROUTES = {
    "/notices": {
        "GET": (read_notices, public),
        "POST": (add_notice, staff),
        "DELETE": (clear_notices, staff),
    },
}


def serve(environ, start_response):
    served = ROUTES.get(environ["PATH_INFO"], {})
    view, _ = served.get(environ["REQUEST_METHOD"], (None, None))
    if view is not None:
        status, answer = view(environ)
    else:
        status = "405 Method Not Allowed" if served else "404 Not Found"
        answer = {"error": status}
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


def resolve(environ, method):
    """Say which policy such a request has, and which methods of its URL have the same."""
    served = {name: policy for name, (_, policy) in ROUTES.get(environ["PATH_INFO"], {}).items()}
    if method not in served:
        return None
    alike = [name for name, policy in served.items() if policy is served[method]]
    return Endpoint(served[method], alike)


app = CORSMiddleware(serve, resolve=resolve)

if __name__ == "__main__":
    with make_server("127.0.0.1", 5001, app) as server:
        server.serve_forever()
