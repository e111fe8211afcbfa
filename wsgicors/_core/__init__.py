"""The rules of CORS, independent of any server: policies, origins, headers and the protocol.

Nothing here knows WSGI or a framework. Facts about a request come in as plain values, and decisions
go out as plain values.
"""
