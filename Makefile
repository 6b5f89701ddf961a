# make run    the bundled corpus, from text to graph
# make test   everything the project promises, on this machine
# make docs   the documentation site, in out/docs
# make cover  the same, with the lines and branches that no test reaches
# torch for CPUs in place of CUDA's, from an index that has it:
#   make test TORCH_INDEX=ADDRESS
# no torch: what needs it is skipped, and so are the linters, which need its types:
#   make test EXTRAS=test,notebook,docs
PYTHON ?= python3
EXTRAS := test,train,notebook,docs
BIN := .venv/bin
# pip would compile all of 25,000 files, and few of them are ever imported: Python
# compiles those that are.
INSTALL := $(BIN)/python -m pip install --quiet --no-compile

# Images of Python often ask for no compiled files: then each of the hundreds of
# processes that tests start would compile all of kgbuild, and pytest every assert.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint cover docs clean

.venv/base: pyproject.toml
	$(PYTHON) -m venv .venv
	$(INSTALL) --upgrade pip
	$(INSTALL) -e .
	touch $@

.venv/test: .venv/base
	$(if $(TORCH_INDEX),$(INSTALL) --index-url $(TORCH_INDEX) torch)
	$(INSTALL) -e '.[$(EXTRAS)]'
	# bconv pins an lxml of before 2023, and what is newer does as well; it needs the rest.
	$(INSTALL) --no-deps bconv nltk regex
	touch $@

run: .venv/base
	$(BIN)/kgbuild run pipelines/quickstart.toml

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: $(if $(findstring train,$(EXTRAS)),lint) .venv/test
	$(BIN)/python -m pytest -q -n auto --dist loadgroup

# What the notebooks reach counts where they are executed now.
cover: .venv/test
	rm -rf out/notebooks
	$(BIN)/python -m pytest -q -n auto --dist loadgroup --cov --cov-report=term --cov-report=xml

# The site: notebooks are executed, a warning or a broken link fails.
docs: .venv/test
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs out/docs

clean:
	rm -rf .venv out build dist .pytest_cache .mypy_cache .ruff_cache .coverage* coverage.xml
