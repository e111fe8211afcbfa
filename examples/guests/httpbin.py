"""httpbin: one policy for the whole app. It also replaces the CORS headers of httpbin itself."""

from httpbin import app

from examples.guests import OFFICE
from wsgicors.flask import CORS

CORS(app, OFFICE)
