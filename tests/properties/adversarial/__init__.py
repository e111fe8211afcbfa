"""Random apps of every framework, asked random requests, and judged by an oracle.

``sites`` describes random apps and requests, ``apps`` builds the apps, ``oracle`` says which
answers are right, and ``driver`` asks. ``python -m lab.adversarial`` runs it for long, or repeats
one seed.
"""
