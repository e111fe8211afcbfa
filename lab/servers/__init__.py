"""Odd requests, byte by byte, to four WSGI servers: gunicorn with two kinds of workers."""
