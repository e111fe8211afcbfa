# Everything that a checkout can do. A new machine needs Python 3.11 or later, pip and make.

PYTHON ?= python3
ARGS ?=
MINUTES ?= 10
REQUESTS ?= 200000
CHANGES ?= 1000
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup tools test contract demo bench screenshot fuzz advisories scanners caches servers soak
.PHONY: mutation lint ruff-check ruff-format types mypy pyright docs release clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(READY)  ## make .venv with everything in it

# --without-pip: Debian's python3 has no ensurepip; any machine's own pip can fill the new environment.
# pip 25.1 is the first that knows dependency groups.
$(READY): pyproject.toml
	$(PYTHON) -m venv --without-pip .venv
	$(PYTHON) -m pip --python $(BIN)/python install --quiet 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[flask,werkzeug]' --group dev
	touch $@

tools:
	@scripts/ensure-tools

test: $(READY) tools  ## run the tests and ask for full coverage; ARGS="-k word" runs some, and asks for none
	PYTHONDEVMODE=1 $(BIN)/coverage run -m pytest $(ARGS)
ifeq ($(strip $(ARGS)),)
	$(BIN)/coverage report
endif

contract: $(READY)  ## hold every framework to the same facts, and write down which hold (docs/coverage.md)
	PYTHONDEVMODE=1 $(BIN)/python -m tests.contract

advisories: $(READY)  ## repeat the attacks of published advisories (docs/advisories.md)
	PYTHONDEVMODE=1 $(BIN)/python -m pytest tests/security/test_advisories.py $(ARGS)

scanners: $(READY)  ## scan the examples for CORS misconfigurations, and write the figures
	$(BIN)/python -m tests.security.scanners

fuzz: $(READY) tools  ## try properties with ever new inputs, and Chromium, for MINUTES=10
	$(BIN)/python -m tests.properties.fuzz --minutes $(MINUTES)

caches: $(READY) tools  ## try every policy behind nginx as a cache, and write down the figures
	$(BIN)/python -m tests.caches

servers: $(READY)  ## send odd requests to five WSGI servers, and write down what each does
	$(BIN)/python -m tests.servers

demo: $(READY)  ## serve the demonstration until Ctrl-C
	$(BIN)/python -m examples.demo

screenshot: $(READY)  ## draw the picture of an audit in the docs anew
	$(BIN)/python -m scripts.screenshot

bench: $(READY)  ## measure what CORS costs, and write it into the docs; fails if a bound is missed
	$(BIN)/python -m benchmarks $(ARGS)

soak: $(READY)  ## replace policies under load, some minutes; REQUESTS= and CHANGES= say how much
	$(BIN)/python -m tests.soak --requests $(REQUESTS) --changes $(CHANGES)

# mutmut goes on where it was left; make clean has it start anew.
mutation: $(READY)  ## break core in 2,500 ways, one after another, and see whether tests fail; up to an hour
	$(BIN)/python -m pip install --quiet --group mutation
	timeout 3600 $(BIN)/mutmut run --max-children 2
	$(BIN)/python -m tests.mutation

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

docs: $(READY)  ## build the documentation into docs/_build
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build

release: $(READY) tools  ## build what would be published, and try it in new environments; some minutes
	$(BIN)/python -m scripts.release

clean:  ## remove everything that is made, .venv too
	rm -rf .venv .tox .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf build dist docs/_build mutants *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
