"""Three apps written for Flask-CORS, moved by following the guide, and compared.

``diff -u tests/migration/before tests/migration/after`` shows the moves.
"""
