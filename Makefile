# Set-up and checks. Everything runs in .venv; `make demo` and `make test` need nothing but Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test lint check doctor clean

help:
	@echo "make demo    install, fetch the starter weights, index the demo music, search it"
	@echo "make test    install with the development tools, run all tests"
	@echo "make lint    style, types and import rules"
	@echo "make check   make test and make lint"
	@echo "make doctor  look the installation over"

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -e .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --quiet -e ".[dev]"
	touch $@

demo: .venv/installed
	$(BIN)/polymuse models pull starter
	$(BIN)/polymuse demo

test: .venv/installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadscope

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

check: test lint

doctor: .venv/installed
	$(BIN)/polymuse doctor

clean:
	rm -rf .venv build *.egg-info
