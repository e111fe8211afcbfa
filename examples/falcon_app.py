"""A shopping list as a Falcon app: everybody may read it, and one page may change it.

::

    gunicorn examples.falcon_app:application        # and in another terminal:
    wsgicors audit --app examples.falcon_app:application
"""

import falcon

from wsgicors import Policy
from wsgicors.falcon import CORS, cors

public = Policy(allow_origins="*")
ours = Policy(
    allow_origins=["https://app.example"],
    allow_headers=["Authorization", "Content-Type"],
    max_age=0,  # browsers remember header names by URL, and GET has another policy
)

TOKEN = "Bearer of-tea"
ITEMS = {1: "tea", 2: "milk", 3: "honey"}


class Authenticate:
    """Only those who are logged in may change anything."""

    def process_request(self, req, resp):
        if req.method == "PUT" and req.auth != TOKEN:
            raise falcon.HTTPUnauthorized(title="who are you?")


@cors(public, expose_headers=["X-Total-Count"])
class Items:
    """The list, and its items one by one."""

    def on_get(self, req, resp):
        resp.set_header("X-Total-Count", str(len(ITEMS)))
        resp.media = {"items": list(ITEMS.values())[:2]}

    def on_get_one(self, req, resp, item_id):
        resp.media = {"item": self.find(item_id)}

    @cors("ours")
    def on_put_one(self, req, resp, item_id):
        self.find(item_id)
        resp.media = {"replaced": item_id, "by": req.get_media()}

    def find(self, item_id):
        if item_id not in ITEMS:
            raise falcon.HTTPNotFound(title="there is no such item")
        return ITEMS[item_id]


app = falcon.App(middleware=[Authenticate()])
app.add_route("/items", Items())
app.add_route("/items/{item_id:int}", Items(), suffix="one")

application = CORS(app, policies={"ours": ours})
