"""Three apps under one address, each with CORS of its own: Flask, CherryPy and WebOb.

``waitress-serve examples.mounted:app`` serves them, and so does any other WSGI server.
"""

import cherrypy
from flask import Flask
from webob.dec import wsgify
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from wsgicors import CORSMiddleware, wrap
from wsgicors.flask import CORS, cors

shop = Flask(__name__)
CORS(shop)


@shop.put("/items/<int:item_id>")
@cors(allow_origins=["https://app.example"], expose_headers=["ETag"])
def replace_item(item_id):
    return {"replaced": item_id}, {"ETag": f'"{item_id}"'}


class Reports:
    """Pages for the office."""

    @cherrypy.expose
    def index(self):
        return "all reports"

    @cherrypy.expose
    def year(self, number):
        return f"the report of {int(number)}"


# Without a script name of its own, it takes the one under which it is mounted.
reports = CORSMiddleware(
    cherrypy.Application(Reports(), script_name=None),
    allow_origins=["https://office.example"],
    allow_credentials=True,
)


@wrap(allow_origins="*")
@wsgify
def status(request):
    return f"up, as {request.script_name} can tell"


app = DispatcherMiddleware(NotFound(), {"/shop": shop, "/reports": reports, "/status": status})
