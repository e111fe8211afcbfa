"""A bounded load on gunicorn while policies are replaced: no mix, no error, no leak."""
