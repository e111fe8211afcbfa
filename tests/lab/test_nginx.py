"""nginx in a temporary directory."""

import pytest

from lab import nginx


def test_an_nginx_that_does_not_start_says_why():
    with (
        pytest.raises(RuntimeError, match='unknown directive "nothing"'),
        nginx.running(lambda directory, port: "nothing;"),
    ):
        pass
