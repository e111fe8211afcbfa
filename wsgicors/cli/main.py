"""The command ``wsgicors``, which needs the extra ``cli``."""

try:
    import click

    from .audit import audit
    from .explain import explain
except ModuleNotFoundError as error:
    missing = (error.name or "").partition(".")[0]
    if missing not in ("ada_url", "click", "rich"):
        raise
    raise SystemExit(
        f"the command wsgicors needs {missing}; use: python -m pip install ada-url click rich"
    ) from None


@click.group()
@click.version_option(package_name="wsgicors-toolkit")
def main() -> None:
    """CORS for WSGI: audit who may read what, and explain why a page is blocked."""


main.add_command(audit)
main.add_command(explain)
