"""Headless Chromium and ``wsgicors.testing.Browser`` over the same scenarios, compared."""
