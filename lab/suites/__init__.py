"""The test suites of other projects, run with and without CORS."""
