# The commands of a checkout. They need make, Python 3.11 or later, and for half of the tests MariaDB's server.

BIN := .venv/bin
INSTALLED := .venv/installed

.DELETE_ON_ERROR:
.PHONY: help install run check format test bench picture wheel bundle pins

help:
	@echo "make install   the program into .venv, from pinned packages"
	@echo "make run       install, set a site up under ./var, open the terminal"
	@echo "make check     style, types, import contracts, docs"
	@echo "make test      the whole suite, on SQLite and MariaDB"
	@echo "make picture   docs/terminal.svg, made by the program itself"
	@echo "make bench     the figures of the design's targets, side by side"
	@echo "make format    lay the code out"
	@echo "make wheel     dist/shopdb-VERSION-py3-none-any.whl, for hosts with Python"
	@echo "make bundle    dist/shopdb, a folder for hosts without Python that are like this one"
	@echo "make pins      requirements.txt and deploy/requirements.txt anew from pyproject.toml"

install: $(INSTALLED)

$(INSTALLED): requirements.txt pyproject.toml
	@set -e; for python in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		test -x $(BIN)/python || "$$python" -m venv .venv; \
		break; \
	done
	@test -x $(BIN)/python || { echo "make: Python 3.11 or later is needed; name one with PYTHON=..." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

run: install
	$(BIN)/shopdb run

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/docs

test: install
	$(BIN)/pytest -n 2

bench: install
	@set -e; for script in bench/[a-z]*.py; do PYTHONPATH=. $(BIN)/python "$$script"; done

picture: install
	PYTHONPATH=. $(BIN)/python docs/picture.py

format: install
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

wheel: install
	rm -rf build
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps --wheel-dir dist .

bundle: install
	$(BIN)/python -m PyInstaller --noconfirm --clean --log-level WARN shopdb.spec

PIN := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --quiet

pins: install
	$(PIN) --group dev --upgrade --output-file requirements.txt
	$(PIN) --constraints requirements.txt --output-file deploy/requirements.txt
