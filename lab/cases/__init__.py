"""What the test suites of four other CORS libraries test, as facts about pages.

Flask-CORS, django-cors-headers and Falcon's ``CORSMiddleware`` are run. jub0bs/cors is written in
Go: its outcomes are those that its tests and documentation state.
"""
