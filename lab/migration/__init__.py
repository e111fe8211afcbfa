"""Three apps written for Flask-CORS, migrated by the guide, and compared.

``diff -u lab/migration/before lab/migration/after`` shows the changes.
"""
