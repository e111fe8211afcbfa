"""Odd requests, byte by byte, to five WSGI servers."""
