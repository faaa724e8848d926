# `make check` is what CI runs. PYTHON is an interpreter that has the `dev` extra installed.
PYTHON ?= python3
CLEAN := build/clean

.PHONY: check lint types test wheel format documents clean

check: lint types test wheel

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy

test:
	$(PYTHON) -m pytest

# The wheel is made from the unpacked sdist: from here, setuptools would pack what an older build
# left in build/. It is installed beside its declared dependencies alone, then asked and
# type-checked from a folder where no source lies.
wheel: python = $(shell $(PYTHON) -c "import sys; print(sys.executable)")
wheel:
	rm -rf build dist
	$(PYTHON) -m build
	$(PYTHON) -m check_wheel_contents dist/*.whl
	$(PYTHON) -m venv $(CLEAN)
	$(CLEAN)/bin/python -m pip install dist/*.whl
	cd $(CLEAN) && bin/python -m mcalc "x'*A*x" --wrt x >answer.txt
	grep . $(CLEAN)/answer.txt
	cd $(CLEAN) && $(python) -m mypy --config-file $(CURDIR)/pyproject.toml --python-executable bin/python -p mcalc

format:
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

# The pages that show what the program answers; tests hold them against it.
documents:
	PYTHONPATH=. $(PYTHON) docs/language.py
	PYTHONPATH=. $(PYTHON) docs/examples.py

clean:
	rm -rf build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
