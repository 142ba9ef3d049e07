# Two commands do everything on a machine with Python 3.11+ and make: `make demo` and `make test`.

SOAK ?= 10
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
# As pip does: a company's own certificate authority is in the system's store.
export UV_SYSTEM_CERTS := 1

.PHONY: help demo run console test check lint types audit synth screenshots bench soak mutants lock clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: $(VENV)/local ## Send the sample campaign on this machine and stay up (EXIT=1: end when it is done)
	@$(PY) -m infra.console_build --if-possible
	@$(PY) -m local.demo

run: $(VENV)/local ## Start API and console on this machine, without a sample
	@$(PY) -m infra.console_build --if-possible
	@$(PY) -m local

console: $(VENV)/local ## Build the web console in console/dist, if anything has changed
	@$(PY) -m infra.console_build

# Three at once, also on two cores: nearly half of the time the tests wait for something.
test: $(VENV)/dev ## Run every test
	@$(PY) -m pytest -n 3

lint: $(VENV)/dev ## Check style
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(PY) -m infra.console_build run lint

types: $(VENV)/dev ## Check types
	@$(VENV)/bin/mypy
	@$(PY) -m infra.console_build run types

# It fails on a known vulnerability. Where PyPI's data can't be reached it says so, and does not fail.
audit: $(VENV)/uv ## Look for known vulnerabilities in what is pinned
	@rm -f $(VENV)/audit.txt; \
	$(UV) tool run -q pip-audit==2.10.1 --progress-spinner off --disable-pip --require-hashes \
		-r requirements-dev.txt -r requirements-bootstrap.txt -o $(VENV)/audit.txt 2> $(VENV)/audit.log; \
	code=$$?; \
	if [ -s $(VENV)/audit.txt ]; then \
		unknown=$$(grep -c "could not be audited" $(VENV)/audit.txt); \
		grep -v "could not be audited" $(VENV)/audit.txt; \
		echo "Audited; PyPI could not say anything about $$unknown packages."; exit $$code; \
	fi; \
	echo "NOT audited: no vulnerability data from here ($$(tail -n 1 $(VENV)/audit.log | cut -c 1-120))"

check: lint types audit test ## Exactly what CI runs

synth: $(VENV)/dev ## Make the CloudFormation template in cdk.out/; needs no AWS account
	@$(PY) app.py

screenshots: $(VENV)/dev ## Photograph every page of the console into docs/pictures/
	@$(PY) -m tests.browser.screenshots

bench: $(VENV)/dev ## Measure speed and cost (QUICK=1: in three minutes, MILLION=1: a million people too)
	@$(PY) -m benchmarks $(if $(QUICK),--quick) $(if $(MILLION),--million)

soak: $(VENV)/dev ## Try to break the promises for SOAK minutes (10), half of them with real deaths
	@$(PY) -m tests.simulation --soak $$(( ($(SOAK) + 1) / 2 ))
	@$(PY) -m tests.deaths --minutes $$(( ($(SOAK) + 1) / 2 ))

mutants: $(VENV)/dev ## Put small mistakes into the core, one at a time, and see whether tests notice
	@$(PY) -m tests.mutation

lock: $(VENV)/dev ## Pin dependencies again after a change of requirements*.in
	@for file in requirements-bootstrap requirements requirements-cli requirements-local requirements-dev \
		benchmarks/requirements; do \
		$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
			--no-annotate --no-emit-index-url --no-emit-find-links $$file.in -o $$file.txt || exit 1; \
	done

clean: ## Remove everything that was made, the local data too
	rm -rf $(VENV) .local .build cdk.out node_modules console/node_modules console/dist .pytest_cache .mypy_cache .ruff_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/uv: requirements-bootstrap.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python can't make a virtual environment here (Debian: apt install python3-venv)." >&2; exit 2; }
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bootstrap.txt
	@touch $@

$(VENV)/local: $(VENV)/uv requirements-local.txt
	@echo "Installing what the laptop needs ..."
	@$(UV) pip install -q --python $(PY) --require-hashes --compile-bytecode -r requirements-local.txt
	@touch $@

$(VENV)/dev: $(VENV)/local requirements-dev.txt
	@echo "Installing what tests and deployment need ..."
	@$(UV) pip install -q --python $(PY) --require-hashes --compile-bytecode -r requirements-dev.txt
	@touch $@
