"""Load on gunicorn while policies are replaced: no mixed responses, no errors, no leak."""
