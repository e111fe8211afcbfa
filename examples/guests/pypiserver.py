"""pypiserver: one policy around the whole app, which has a copy of Bottle of its own."""

from tempfile import mkdtemp

import pypiserver

from examples.guests import OFFICE
from wsgicors import CORSMiddleware

bottle = pypiserver.app(roots=[mkdtemp()], authenticate=[], password_file=".")
app = CORSMiddleware(bottle, OFFICE)
