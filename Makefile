# Everything happens in .venv. `make demo` and `make test` need Python 3.11 or later and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo serve test coverage packages bench lint types docs package messages clean

help:
	@echo "make demo      run the example project (DATABASE_URL names another database than SQLite)"
	@echo "make serve     serve a small site on this machine, with a page that shows what happens to numbers"
	@echo "make test      run the tests on SQLite, PostgreSQL and, where there are servers, MariaDB and MySQL"
	@echo "make coverage  the same, and report what no test runs; less than the floor is a failure"
	@echo "make packages  run the tests beside other packages (django-reversion and so on)"
	@echo "make bench     measure saves beside those of other packages, and the check (half an hour)"
	@echo "make lint      ruff and codespell"
	@echo "make types     mypy"
	@echo "make docs      build the documentation into docs/_build"
	@echo "make package   build what is published into dist, and check it"
	@echo "make messages  compile the translations"
	@echo "make clean     remove what the others have made"
	@echo "make help      show this list"
	@echo
	@echo "One test on one database: $(BIN)/python -m tests --only PostgreSQL tests/test_gate.py::test_signatures"

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; try: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

# One stamp a group of dependencies, so that each command installs no more than it needs.
.venv/stamp-%: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable . $(foreach group,$(subst +, ,$*),--group $(group))
	@touch $@

demo: .venv/stamp-demo+drivers
	$(BIN)/python example_project/manage.py migrate --verbosity 0
	$(BIN)/python example_project/manage.py demo

serve: .venv/stamp-demo+drivers
	$(BIN)/python example_project/manage.py migrate --verbosity 0
	$(BIN)/python example_project/manage.py serve

test: .venv/stamp-test+drivers
	$(BIN)/python -m tests

coverage: .venv/stamp-test+drivers
	$(BIN)/python -m tests --coverage

packages: .venv/stamp-test+drivers+packages
	$(BIN)/python -m tests --ds=tests.packages.settings tests/packages

bench: .venv/stamp-test+drivers+bench
	$(BIN)/python -m tests.benchmarks

lint: .venv/stamp-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

types: .venv/stamp-test+lint
	$(BIN)/mypy

docs: .venv/stamp-docs
	$(BIN)/sphinx-build --fail-on-warning --keep-going docs docs/_build

# W004: the names of migrations begin with digits.
package: .venv/stamp-package
	rm -rf dist
	$(BIN)/python -m build --quiet
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents --ignore W004 dist/*.whl
	$(BIN)/pyroma --min=8 .

# With GNU gettext, as Django's own compilemessages.
messages:
	for folder in gapless_fields/locale/*/LC_MESSAGES; do \
		msgfmt --check-format --output-file $$folder/django.mo $$folder/django.po || exit 1; \
	done

clean:
	rm -rf .venv .tox .coverage* docs/_build dist
