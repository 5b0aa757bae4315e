# For people who develop citynode; users install it with pip.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo test fuzz swarm soak lint bench clean

setup: $(READY)

# npm fetches the MicroPython VM; where the machine has none, a Python package brings it.
# A second, older esptool is for the tests only; .ci/esptool4.txt says why.
$(READY): pyproject.toml .ci/constraints.txt .ci/esptool4.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint .ci/constraints.txt --editable '.[dev]'
	command -v npm >/dev/null || $(BIN)/pip install --quiet --constraint .ci/constraints.txt --editable '.[npm]'
	$(BIN)/pip install --quiet --no-deps --upgrade --target $(VENV)/esptool4 --requirement .ci/esptool4.txt
	$(BIN)/python -m host_tools.simulator.vm.fetch
	touch $@

demo: setup
	$(BIN)/python -m host_tools.demo

test: setup
	$(BIN)/pytest --numprocesses auto --dist worksteal

fuzz: setup
	$(BIN)/python -m tests.fuzz

swarm: setup
	$(BIN)/python -m tests.swarm

# The full figures of what `make test` runs a seeded part of: hours.  docs/soak.md has the last results.
soak: setup fuzz swarm
	$(BIN)/python -m tests.soak_outbox --cuts 10000 --seed 1
	$(BIN)/python -m tests.soak_node --cuts 10000 --seed 1 --processes 2
	$(BIN)/python -m tests.soak_month --seed 1
	$(BIN)/python -m tests.soak_year --product water_level --seed 1
	$(BIN)/python -m tests.soak_year --product manhole_cover --seed 1
	$(BIN)/python -m tests.soak_latency
	$(BIN)/citynode simulate smart_pole --scenario tests/host_tools/scenarios/smart_pole/long/lossy_week.toml
	$(BIN)/citynode simulate manhole_cover --scenario tests/host_tools/scenarios/manhole_cover/long/flooded_week.toml
	$(BIN)/python -m host_tools.bench fleet

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest tests/test_import_rule.py

bench: setup
	$(BIN)/python -m host_tools.bench $(ONLY)

clean:
	rm -rf build dist $(VENV)
