# The two commands a newcomer needs: `make demo` and `make test`. Both install everything they use.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
UI := src/atalaya/web/ui
STATIC := src/atalaya/web/static/index.html
UI_SOURCES := $(shell find $(UI) -type f -not -path '*/node_modules/*' 2>/dev/null)
WORKSPACE ?= demo-workspace
DEMO ?=
export PATH := $(CURDIR)/.tools/bin:$(PATH)

.PHONY: help demo test bench serve install web system format clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: web  ## the main job on a synthetic sortie, then the workbench (DEMO=--headless to only run it)
	.venv/bin/atalaya demo --keep $(WORKSPACE) $(DEMO)

test: system web  ## every gate: format, lint, types, layers, tests, docs, web, browser
	scripts/gates

bench: install  ## speed and quality figures, measured here and now
	@source scripts/use-uv && "$$UV" sync --locked --quiet --group bench
	.venv/bin/pytest tests/benchmarks -q --benchmark-only -p no:cacheprovider
	.venv/bin/python tests/benchmarks/fuzz_klv.py packets 1000000
	.venv/bin/python tests/benchmarks/fuzz_klv.py streams 20000
	.venv/bin/python tests/benchmarks/fuzz_klv.py guided 60
	.venv/bin/python tests/benchmarks/measure_klv_vectors.py
	.venv/bin/python tests/benchmarks/measure_klv_peers.py
	.venv/bin/python tests/benchmarks/measure_klv_speed.py
	.venv/bin/python tests/benchmarks/measure_ts_demux.py
	.venv/bin/python tests/benchmarks/measure_klv_damage.py
	.venv/bin/python tests/benchmarks/measure_bench.py
	.venv/bin/python tests/benchmarks/measure_live.py 600
	.venv/bin/python tests/benchmarks/measure_rays.py
	.venv/bin/python tests/benchmarks/measure_region.py
	.venv/bin/python tests/benchmarks/measure_viewshed.py
	.venv/bin/python tests/benchmarks/measure_ortho.py
	.venv/bin/python tests/benchmarks/measure_pose.py
	.venv/bin/python tests/benchmarks/measure_geodata.py
	.venv/bin/python tests/benchmarks/measure_track.py
	.venv/bin/python tests/benchmarks/measure_selfcal.py
	.venv/bin/python tests/benchmarks/measure_looks.py gain
	.venv/bin/python tests/benchmarks/measure_looks.py speed
	.venv/bin/python tests/benchmarks/measure_world.py
	.venv/bin/python tests/benchmarks/measure_render.py
	.venv/bin/python tests/benchmarks/measure_flight.py
	.venv/bin/python tests/benchmarks/measure_cues.py
	.venv/bin/python tests/benchmarks/measure_plastic.py --peers
	.venv/bin/python tests/benchmarks/measure_local_rx.py
	.venv/bin/python tests/benchmarks/measure_thermal.py
	.venv/bin/python tests/benchmarks/measure_canopy.py
	.venv/bin/python tests/benchmarks/measure_change.py
	.venv/bin/python tests/benchmarks/measure_harness.py
	.venv/bin/python tests/benchmarks/measure_rendered_canopy.py
	.venv/bin/python tests/benchmarks/measure_grid.py

serve: web  ## the workbench on WORKSPACE=folder
	.venv/bin/atalaya --workspace $(WORKSPACE) serve

install: .venv/.installed

web: install $(STATIC)

system:
	@scripts/get-system

format: install  ## rewrite the sources as the gates want them
	.venv/bin/ruff format . && .venv/bin/ruff check --fix .
	cd $(UI) && npm run format

clean:  ## remove everything made here
	rm -rf .venv .tools .cache site dist $(UI)/node_modules src/atalaya/web/static

.tools/ready: scripts/get-tools
	@scripts/get-tools
	@touch $@

.venv/.installed: .tools/ready pyproject.toml uv.lock .python-version
	@source scripts/use-uv && "$$UV" sync --locked --quiet
	@touch $@

$(UI)/node_modules/.installed: .tools/ready $(UI)/package.json $(UI)/package-lock.json
	cd $(UI) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STATIC): $(UI)/node_modules/.installed $(UI_SOURCES)
	cd $(UI) && npm run --silent build
	@touch $@
