"""Browser engines and ``wsgicors.testing.Browser`` over the same scenarios, compared."""
