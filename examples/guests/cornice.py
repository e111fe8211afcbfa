"""Cornice: ``@cors`` below a service's decorator, above a function or a method of a resource."""

import sys

from cornice import Service
from cornice.resource import resource, view
from pyramid.config import Configurator

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.pyramid import CORS, cors

public = Service(name="public", path="/public")
closed = Service(name="closed", path="/closed")
salaries = Service(name="salaries", path="/office/function")


@public.get()
def read(request):
    return ["tea"]


@closed.get()
@cors(None)
def read_plans(request):
    return ["plans"]


@salaries.get()
@cors(OFFICE)
def read_salaries(request):
    return ["salaries"]


@salaries.put()
@cors(OFFICE)
def change_salaries(request):
    return ["changed"]


@resource(path="/office/method")
class OnMethod:
    def __init__(self, request, context=None):
        self.request = request

    @cors(OFFICE)
    def get(self):
        return ["salaries"]

    @cors(OFFICE)
    @view(renderer="json")
    def put(self):
        return ["changed"]


@resource(path="/office/class")
@cors(OFFICE)
class OnClass:
    def __init__(self, request, context=None):
        self.request = request

    def get(self):
        return ["salaries"]

    def put(self):
        return ["changed"]


@cors(OFFICE)
class OfService(OnMethod):
    def get(self):
        return ["salaries"]

    def put(self):
        return ["changed"]


service = Service(name="service", path="/office/service", klass=OfService)
service.add_view("GET", "get")
service.add_view("PUT", "put")

config = Configurator()
CORS(config, Policy("*"))
config.include("cornice")
config.scan(sys.modules[__name__])
app = config.make_wsgi_app()
