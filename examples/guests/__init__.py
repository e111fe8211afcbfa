"""Frameworks on top of frameworks, and whole apps, each with CORS.

Pages of the office may read the views below ``/office``, all pages may read ``/public``, and no
page may read ``/closed``. Where views cannot be decorated, a table names them, or one policy allows
the office to read the whole app.
"""

from wsgicors import Policy

OFFICE = Policy(allow_origins=["https://office.example"])
