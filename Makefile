# Each target does its own set-up: uv where it is installed, else python3's own venv.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON := python3

.PHONY: demo test test-fast lint types bench lock clean

demo: $(READY)
	@$(BIN)/policyver demo

test: lint types
	@$(BIN)/python -m pytest -n auto --dist worksteal

test-fast: $(READY)
	@$(BIN)/python -m pytest -n auto -m "not slow and not corpora and not browser"

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

bench: $(READY)
	@$(BIN)/python -m tests.bench

# Needs uv. Hashes for all platforms, so that the same file serves everywhere.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --no-emit-index-url --no-emit-find-links --extra all --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

$(READY): requirements.lock pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  rm -rf $(VENV) && uv venv --quiet --python '>=3.11' $(VENV) && \
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	elif $(PYTHON) -c 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	  $(PYTHON) -m venv --clear $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	else \
	  echo "policyver needs uv, or Python 3.11 or later with venv: apt-get install python3-venv" >&2; exit 1; \
	fi
	@touch $(READY)
