# The verbs of this project. `make demo` and `make test` set up by themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PLUGS := $(wildcard plugins/*/pyproject.toml)
STAMP := $(VENV)/.ready

.PHONY: setup demo test check format bench

setup: $(STAMP)

$(STAMP): pyproject.toml $(PLUGS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' $(foreach plug,$(PLUGS),-e $(dir $(plug)))
	touch $@

demo: $(STAMP)
	$(BIN)/svcctl demo

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy svcctl tests samples/service-requests samples/notifier-plugin/src samples/erp-plugin/src
	for plug in $(dir $(PLUGS)); do $(BIN)/mypy $$plug/src $$plug/tests || exit 1; done

test: check
	$(BIN)/pytest -n auto

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	for bench in tests/bench/bench_*.py; do PYTHONPATH=. $(BIN)/python $$bench || exit 1; done
