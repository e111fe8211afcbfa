"""A link shortener on Werkzeug alone: its router decides, so the policies are on the views.

Run it with ``python -m examples.werkzeug_app``.
"""

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.serving import run_simple
from werkzeug.utils import redirect

from wsgicors import Policy
from wsgicors.werkzeug import CORS, cors

public = Policy(allow_origins="*")
ours = Policy(allow_origins=["https://app.example"])

LINKS = {"docs": "/links/about", "about": "/links/about"}


@cors(ours)
def add_link(request, name):
    LINKS[name] = request.get_data(as_text=True)
    return Response(status=201, headers={"Location": f"/{name}"})


@cors(public)
def show_link(request, name):
    if name not in LINKS:
        raise NotFound()
    return Response(LINKS[name])


@cors(None)  # visitors follow a link, JavaScript does not
def follow_link(request, name):
    return redirect(LINKS.get(name, "/"))


url_map = Map(
    [
        Rule("/links/<name>", endpoint="show", methods=["GET"]),
        Rule("/links/<name>", endpoint="add", methods=["PUT"]),
        Rule("/<name>", endpoint="follow", methods=["GET"]),
    ]
)
views = {"show": show_link, "add": add_link, "follow": follow_link}


def dispatch(environ, start_response):
    request = Request(environ)
    try:
        endpoint, arguments = url_map.bind_to_environ(environ).match()
        response = views[endpoint](request, **arguments)
    except HTTPException as error:
        response = error
    return response(environ, start_response)


app = CORS(dispatch, url_map, views)

if __name__ == "__main__":
    run_simple("127.0.0.1", 5001, app)
