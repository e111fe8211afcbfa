"""Tools that run for long or write figures for the documentation; `lab/README.md` lists them."""
