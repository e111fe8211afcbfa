"""moto's server: one policy around all its apps."""

from moto.server import DomainDispatcherApplication, create_backend_app

from examples.guests import OFFICE
from wsgicors import CORSMiddleware

aws = OFFICE.derive(allow_methods=["GET", "HEAD", "POST", "PUT", "DELETE"], allow_headers="*")
app = CORSMiddleware(DomainDispatcherApplication(create_backend_app), aws)
