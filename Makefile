PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 7878
FUZZ_S ?= 60

.DEFAULT_GOAL := help
.PHONY: help serve build test check format bench bench-viewpoints conformance siege soak fuzz lock clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

serve: $(VENV)/installed ## build the graph and serve it (HOST=..., PORT=...)
	@$(BIN)/entente build
	@$(BIN)/entente serve --host $(HOST) --port $(PORT)

build: $(VENV)/installed ## build the graph
	$(BIN)/entente build

test: $(VENV)/installed-dev ## run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/installed-dev ## lint, check types and layers, check the data's form, then test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/entente format --check
	$(MAKE) test

format: $(VENV)/installed-dev ## write code and data in their one form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/entente format

bench: $(VENV)/installed-dev ## compare the endpoint, and then the closure, with their peers
	$(BIN)/python benchmarks/endpoint.py
	$(BIN)/python benchmarks/closure.py

conformance: $(VENV)/installed-dev ## run W3C's suites on us and the peers (ENTENTE_W3C=folder)
	$(BIN)/python benchmarks/conformance.py

siege: $(VENV)/installed-dev ## attack us and the peers, and tell who survives
	$(BIN)/python benchmarks/siege.py

shacl-engines: $(VENV)/installed-dev ## run SHACL's suites and our shapes on us and pyrudof (ENTENTE_W3C=folder)
	$(BIN)/python -m pip install --quiet "pyrudof>=0.3.35,<0.4"
	$(BIN)/python benchmarks/shacl_engines.py --write

bench-shacl: $(VENV)/installed-dev ## time SHACL validation beside pySHACL, pyrudof and Jena
	$(BIN)/python -m pip install --quiet "pyrudof>=0.3.35,<0.4"
	$(BIN)/python benchmarks/shacl.py --all --write

bench-viewpoints: build $(VENV)/installed-dev ## time viewpoints, comparisons, proofs and evidence beside what is promised
	$(BIN)/python benchmarks/viewpoints.py --write
	$(BIN)/python benchmarks/proofs.py --write
	$(BIN)/python benchmarks/evidence.py --write

soak: $(VENV)/installed-dev ## two minutes of 64 clients, good and bad, workers killed at random
	$(BIN)/python benchmarks/soak.py

fuzz: $(VENV)/installed-dev ## fuzz query guard, SERVICE, protocol and HTTP, a minute each (FUZZ_S=...)
	@mkdir -p .tools
	@$(BIN)/python -m pip install --quiet --only-binary :all: "atheris>=2.3,<4"
	@for target in guard protocol reading services; do \
	  $(BIN)/python tests/fuzz/run.py $$target $(FUZZ_S) >.tools/fuzz-$$target.log 2>&1 & \
	  pids="$$pids $$!"; done; failed=0; \
	for pid in $$pids; do wait $$pid || failed=1; done; \
	for target in guard protocol reading services; do \
	  echo "$$target: $$(tail -n 1 .tools/fuzz-$$target.log)"; done; exit $$failed

lock: $(VENV)/installed-dev ## resolve the dependencies anew into the lock files
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra dev -o requirements-dev.lock pyproject.toml

clean: ## remove what make made
	rm -rf $(VENV) snapshot .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Entente needs Python 3.11 or later; name one: make PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@
