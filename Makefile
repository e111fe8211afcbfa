# All commands of a checkout. A new machine needs Python 3.11 or later, pip and make.

PYTHON ?= python3
ARGS ?=
MINUTES ?= 10
REQUESTS ?= 200000
SCENARIOS ?= 10000
CHANGES ?= 1000
BIN := .venv/bin
PACKAGE := .venv/.package
READY := .venv/.ready
# What examples/demo imports.
DEMO_EXTRAS := flask,testing
# The development mode's checks, without the debug hooks on memory: they are for C code, and take a
# seventh of the time.
DEVMODE := PYTHONDEVMODE=1 PYTHONMALLOC=pymalloc
COVERING := tests/unit tests/adapters

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup tools test contract demo bench screenshot reference fuzz adversarial advisories scanners caches
.PHONY: engines servers exports soak scaling findable guests suites
.PHONY: mutation lint ruff-check ruff-format types mypy pyright docs release clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(READY)  ## make .venv with everything in it

# The environment is filled in two steps: the demonstration needs only the first, which takes seconds.
# --without-pip: Debian's python3 has no ensurepip; any machine's own pip can fill the new environment.
$(PACKAGE): pyproject.toml
	$(PYTHON) -m venv --without-pip .venv
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --editable '.[$(DEMO_EXTRAS)]'
	@touch $@

# pip 25.1 is the first that knows dependency groups.
$(READY): $(PACKAGE)
	$(PYTHON) -m pip --python $(BIN)/python install --quiet 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

tools:
	@scripts/ensure-tools

# In parts, so that each shows its time. The first has to cover every branch; coverage would make
# the others slower.
test: $(READY) tools  ## run the tests and require full coverage; ARGS="-k word" runs some, without coverage
ifeq ($(strip $(ARGS)),)
	$(BIN)/coverage erase
	$(DEVMODE) $(BIN)/coverage run -m pytest $(COVERING)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(DEVMODE) $(BIN)/python -m pytest $(COVERING:%=--ignore=%) --ignore=tests/browser
	$(DEVMODE) $(BIN)/python -m pytest tests/browser
else
	$(DEVMODE) $(BIN)/python -m pytest $(ARGS)
endif

contract: $(READY)  ## test every framework for the same facts, and write the table in docs/coverage.md
	$(DEVMODE) $(BIN)/python -m lab.contract

advisories: $(READY)  ## repeat the attacks of published advisories (docs/advisories.md)
	$(DEVMODE) $(BIN)/python -m pytest tests/security/test_advisories.py $(ARGS)

scanners: $(READY)  ## scan the examples for CORS misconfigurations, and write the figures
	$(BIN)/python -m lab.scanners

fuzz: $(READY) tools  ## try properties, apps and hostile servers, and compare with the engines, for MINUTES=10
	$(BIN)/python -m lab.fuzz --minutes $(MINUTES)

engines: $(READY) tools  ## compare three engines with `Browser` in SCENARIOS=10000, and write the figures
	$(BIN)/python -m lab.engines --scenarios $(SCENARIOS)

adversarial: $(READY)  ## ask random apps of every framework REQUESTS=200000 random requests, and write the figures
	$(BIN)/python -m lab.adversarial --requests $(REQUESTS)

caches: $(READY) tools  ## try every policy behind nginx as a cache, and write the figures
	$(BIN)/python -m lab.caches

servers: $(READY)  ## send odd requests to four WSGI servers, and write the table
	$(BIN)/python -m lab.servers

exports: $(READY) tools  ## compare exported policies in four web servers with wsgicors, and write the figures
	$(BIN)/python -m lab.exports

# In an environment of their own: Dash brings a pytest plugin that would run in all tests.
guests: $(READY)  ## try frameworks on top of frameworks and whole apps, and write the list; some minutes
	$(BIN)/tox run -e guests

suites: $(READY)  ## run the test suites of other projects with and without CORS, a quarter of an hour
	$(BIN)/python -m lab.suites $(ARGS)

demo: $(PACKAGE)  ## serve the demonstration until Ctrl-C; ARGS="--page-port 9000" chooses a port
	$(BIN)/python -m examples.demo $(ARGS)

screenshot: $(READY)  ## draw the pictures of an audit and an explanation for the docs
	$(BIN)/python -m scripts.screenshot

reference: $(READY)  ## write the reference of the commands and of all codes, from the package
	$(BIN)/python -m scripts.reference

bench: $(READY)  ## measure what CORS costs, a minute or two, and write it into the docs; fails if a bound is missed
	$(BIN)/python -m bench

soak: $(READY)  ## replace policies under load, for some minutes; REQUESTS= and CHANGES= set how many
	$(BIN)/python -m lab.soak --requests $(REQUESTS) --changes $(CHANGES)

scaling: $(READY) tools  ## measure CORS behind nginx and gunicorn (needs wrk), and write the figures; three minutes
	$(BIN)/python -m lab.scaling

# mutmut continues where it stopped; make clean removes its results.
mutation: $(READY)  ## change _core in 2,500 ways, and see whether tests fail; up to an hour
	$(BIN)/python -m pip install --quiet --group mutation
	timeout 3600 $(BIN)/mutmut run --max-children 2
	$(BIN)/python -m lab.mutation

lint: ruff-check ruff-format  ## check style
ruff-check: $(READY)
	$(BIN)/ruff check
ruff-format: $(READY)
	$(BIN)/ruff format --check

types: mypy pyright  ## check types
mypy: $(READY)
	$(BIN)/mypy
pyright: $(READY)
	$(BIN)/pyright

# A second build would not repeat the warnings, so a failed one is removed. The tests build here too.
docs: $(READY)  ## build the documentation into docs/_build
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build \
		|| { rm -rf docs/_build; exit 1; }
	@echo "Open docs/_build/index.html in your browser."

# A build from scratch: a second build loses the index entries of unchanged pages in the search.
findable: $(READY) tools  ## ask the search of the documentation what people type, and write the ranks
	rm -rf docs/_build
	$(MAKE) docs
	$(BIN)/python -m lab.findable

release: $(READY) tools  ## build what would be published, and test it in new environments; some minutes
	$(BIN)/python -m scripts.release

clean:  ## remove everything that was made, and .venv
	rm -rf .venv .suites .tox .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf build dist docs/_build mutants *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
