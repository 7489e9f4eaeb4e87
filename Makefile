# Set-up and checks. Everything runs in .venv; `make demo` and `make test` need nothing but Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
TSC := .venv/node/node_modules/.bin/tsc

TOOLS := .venv/tools/bin

.PHONY: help demo test test-all fuzz lint check doctor lock audit sbom licences clean

help:
	@echo "make demo    install, fetch the starter weights, index the demo music, search it"
	@echo "make test    install with the development tools, run the tests that are not marked slow: a few minutes"
	@echo "make test-all  the slow ones: whole runs, browsers, Ray, attacks"
	@echo "make fuzz    search for faults at random, for as long as it takes; prints how to repeat what it finds"
	@echo "make lint    style, types and import rules"
	@echo "make check   all tests and make lint"
	@echo "make doctor  check the installation"
	@echo "make lock    write requirements/*.txt from pyproject.toml; UPGRADE=--upgrade takes the newest versions"
	@echo "make audit   compare the locked versions with the known vulnerabilities"
	@echo "make licences  write the table of docs/licences.md"
	@echo "make sbom    list what the images are made of (CycloneDX): poly-muse-cpu.cdx.json, poly-muse-cuda.cdx.json"

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -e .
	touch $@

# The versions of CI, from files with the locked hashes, but for torch: there is a build of it for every kind of machine.
.venv/installed-dev: pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --no-build-isolation -e ".[dev]"
	touch .venv/installed $@

$(TOOLS)/installed: requirements/tools.txt
	$(PYTHON) -m venv .venv/tools
	$(TOOLS)/pip install --quiet --no-deps --require-hashes -r requirements/tools.txt
	touch $@

demo: .venv/installed
	$(BIN)/polymuse models pull starter
	$(BIN)/polymuse demo

# The workers of services have the lowest priority. So have the tests, or the workers would wait for other tests to end.
test: .venv/installed-dev
	nice -n 19 $(BIN)/python -m pytest -n 2 --dist loadscope -m "not slow"

test-all: .venv/installed-dev
	nice -n 19 $(BIN)/python -m pytest -n 2 --dist loadscope -m slow

fuzz: .venv/installed-dev
	@seed=$${SEED:-$$($(BIN)/python -c "import secrets; print(secrets.randbits(32))")}; \
	echo "to repeat: make fuzz SEED=$$seed"; \
	FUZZ=$${FUZZ:-20} $(BIN)/python -m pytest -n 2 --dist loadscope -m hypothesis --timeout 3600 --hypothesis-seed $$seed

$(TSC):
	npm install --silent --no-save --no-audit --no-fund --prefix .venv/node typescript@5

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory $(TSC) && $(TSC) -p jsconfig.json; \
	else echo "There is no npm: the types of the page are not checked"; fi

check: test test-all lint

doctor: .venv/installed
	$(BIN)/polymuse doctor

lock: $(TOOLS)/installed
	PATH="$(CURDIR)/$(TOOLS):$$PATH" $(TOOLS)/python requirements/lock.py $(UPGRADE)

audit: $(TOOLS)/installed
	PATH="$(CURDIR)/$(TOOLS):$$PATH" $(TOOLS)/python requirements/audit.py

sbom: $(TOOLS)/installed
	@for torch in cpu cuda; do \
		cat requirements/base.txt requirements/torch-$$torch.txt | PYTHONWARNINGS=ignore $(TOOLS)/cyclonedx-py requirements \
			--pyproject pyproject.toml --mc-type application --output-reproducible -o poly-muse-$$torch.cdx.json - || exit; \
	done

licences: .venv/installed-dev
	$(BIN)/python requirements/licences.py

clean:
	rm -rf .venv build *.egg-info
