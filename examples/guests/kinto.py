"""Kinto: one policy for the whole app. It also replaces the CORS headers of Kinto itself."""

from kinto import main

from examples.guests import OFFICE
from wsgicors.pyramid import CORS

app = main({}, **{"kinto.userid_hmac_secret": "only an example"})
CORS(app, OFFICE)
