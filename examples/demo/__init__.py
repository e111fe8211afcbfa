"""The demonstration: one page, two other origins, and every scenario of MDN's guide to CORS.

``python -m examples.demo`` serves a page on one origin, an API on a second and files on a third,
all on this machine. The page runs each scenario in the browser and shows what crossed the wire.
"""
