"""The playground: any request under any policy, first predicted and then made by the browser.

``targets`` serves a small Flask application per policy, ``prediction`` asks
``wsgicors.testing.Browser`` what will happen, ``words`` says why, ``source`` writes the policy down
as Python, ``links`` hides secrets, and ``views`` is what the page talks to.
"""
