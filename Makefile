# `make app` and `make test` make .venv first where it is missing.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: app test lint format space

app: .venv/.ready
	$(BIN)/python app.py

test: .venv/.ready-dev lint
	$(BIN)/python -m pytest

lint: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Publish what is committed as a Hugging Face Space: `.venv/bin/hf auth login`, then `make space SPACE=me/truepose`.
space: .venv/.ready
	rm -rf out/space && mkdir -p out/space
	git archive HEAD | tar -x -C out/space
	$(BIN)/hf repos create $(SPACE) --type space --space-sdk gradio --exist-ok
	$(BIN)/hf upload $(SPACE) out/space . --type space --delete "*"

.venv/.ready: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.txt requirements-train.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@
