"""What CORS is, apart from any server: policies, origins, header lists and the protocol.

Nothing in here knows WSGI or a framework, and nothing reads a request: facts come in as plain
values and decisions go out as plain values.
"""
