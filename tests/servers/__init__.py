"""Odd requests, byte by byte, to every server that people put in front of a WSGI app."""
