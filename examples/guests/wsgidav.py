"""WsgiDAV: one policy with the methods and headers of WebDAV, around the whole app."""

from tempfile import mkdtemp

from wsgidav.wsgidav_app import WsgiDAVApp

from wsgicors import CORSMiddleware, Policy

WEBDAV = Policy(
    allow_origins=["https://office.example"],
    allow_methods=[
        *("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"),
        *("PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"),
    ],
    allow_headers=[
        *("Authorization", "Content-Type", "If-Match", "If-None-Match"),
        *("Depth", "Destination", "If", "Lock-Token", "Overwrite", "Timeout"),
    ],
    expose_headers=["DAV", "ETag", "Allow", "Lock-Token", "Location", "WWW-Authenticate"],
    max_age=600,
)

folder = mkdtemp()
config = {
    "provider_mapping": {"/": folder},
    "simple_dc": {"user_mapping": {"*": {"ada": {"password": "only an example"}}}},
    "http_authenticator": {
        "accept_basic": True,
        "accept_digest": False,
        "default_to_digest": False,
    },
    "logging": {"enable": False},
}
app = CORSMiddleware(WsgiDAVApp(config), WEBDAV)
