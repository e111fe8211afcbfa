"""The table of facts and frameworks in `docs/coverage.md`."""
