"""The demonstration: every scenario of MDN's guide to CORS, and a playground for your own.

``python -m examples.demo`` serves a page on one origin, an API on a second, files on a third and
the playground's targets on a fourth, all on this machine. The page runs each scenario in the
browser and shows what crossed the wire; the playground does so for any request and any policy.
"""
