# Assay. `make help` lists the targets; variables are given on the command line: make sim MODEL=yolov8n.pt BITS=8
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

MODEL ?=
IMAGE ?=
CALIB ?=
BITS ?=
PROFILE ?=
LAYERS ?=
LAYER ?=
AT ?=
DATA ?=
IMAGES ?=
OUT ?=
EXAMPLE ?= streaming-conv bram-conv axi-conv
# Further options of the command, e.g. ARGS='--weight-bits 6 --observer percentile'
ARGS ?=

# A variable that no recipe reads would be ignored.
known := MODEL IMAGE CALIB BITS PROFILE LAYERS LAYER AT DATA IMAGES OUT EXAMPLE ARGS SECONDS RUNS SEED ONLY CASE SHELL MAKEFLAGS CXX
given := $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
unknown := $(filter-out $(known) ASSAY_% VERILATOR_%,$(given))
ifneq ($(unknown),)
  $(error There is no variable $(unknown); those of the command line are MODEL IMAGE CALIB BITS PROFILE LAYERS LAYER AT DATA IMAGES \
    OUT EXAMPLE ARGS SECONDS RUNS SEED ONLY CASE)
endif

# As one word of the shell, whatever is in it.
quoted = '$(subst ','\'',$(1))'
option = $(if $(2),$(1) $(call quoted,$(2)))
network = $(call option,--model,$(MODEL)) $(call option,--bits,$(BITS)) $(call option,--profile,$(PROFILE)) $(call option,--out,$(OUT)) $(ARGS)
# A command that quantises and runs no image calibrates with the image where there is no calibration.
calibrated = $(call option,--calibration,$(CALIB)) $(if $(CALIB),,$(if $(MODEL),$(call option,--image,$(IMAGE)))) $(network)
options = $(call option,--image,$(IMAGE)) $(call option,--calibration,$(CALIB)) $(network)
assay = node dist/cli/main.js
# No install script is needed; onnxruntime's would download GPU libraries.
npm-ci = npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
biome = tools/lint/node_modules/.bin/biome

sources := $(shell find src -name '*.ts')

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  MODEL=file.pt IMAGE=picture CALIB=folder BITS=n PROFILE=tflite LAYERS=a..b OUT=folder ARGS='--any --option'"
	@echo "  Assay writes everything under build/. assay <command> --help describes each command."

sim: dist/.stamp | verilator ## Diff the RTL against the integer model, layer by layer
	@$(assay) sim $(options) $(call option,--layers,$(LAYERS))

report: dist/.stamp ## Make the HTML page of the last run
	@$(assay) report $(network)

roms: dist/.stamp ## Write weights, tables and program as ROM init files
	@$(assay) roms $(calibrated)

golden: dist/.stamp ## Write the golden integer activations of every layer
	@$(assay) golden $(options)

explain: dist/.stamp | verilator ## Work one element out by hand, beside the RTL (LAYER=name AT=c,y,x)
	@$(assay) explain --rtl $(call option,--layer,$(LAYER)) $(call option,--at,$(AT)) $(options)

quantise: dist/.stamp ## Calibrate and quantise a checkpoint
	@$(assay) quantise $(calibrated)

validate: dist/.stamp | verilator ## Measure accuracy at every stage (DATA=instances.json IMAGES=folder)
	@$(assay) validate $(calibrated) $(call option,--data,$(DATA)) $(call option,--images,$(IMAGES))

inspect: dist/.stamp ## Show what a checkpoint holds
	@$(assay) inspect $(if $(MODEL),$(call quoted,$(MODEL))) $(ARGS)

selftest: dist/.stamp | verilator ## Flip bits in golden data, ROMs and RTL: every one must go red
	@$(assay) selftest $(options)

example: dist/.stamp | verilator ## Diff the modules of examples/ instead of rtl/ (EXAMPLE=bram-conv)
	@for name in $(EXAMPLE); do \
	  $(assay) sim --module "examples/$$name/assay.config.ts" $(options) $(call option,--layers,$(LAYERS)); \
	done

# Modules with flat ports: what Icarus runs in a minute or two.
icarus-tests = activation-table add-codes candidate-sort class-score code-array detector-axi-handshakes \
  detector-axi-interrupts detector-axi-registers divider mac-array memories pixel-align \
  profile-add profile-requantise q-nms requantise reset tile-drain

test: node_modules/.stamp | verilator witnesses ## Run the tests
	@ASSAY_LONG_TESTS=none npx --no-install vitest run

test-long: node_modules/.stamp | verilator witnesses ## Run the tests of whole commands and of many models
	@ASSAY_LONG_TESTS=only npx --no-install vitest run

test-slow: node_modules/.stamp | verilator witnesses ## Run the tests that take a minute or more each
	@ASSAY_SLOW_TESTS=1 npx --no-install vitest run

fresh: ## Run `make sim` and `make test` on a bare Debian, in a root of its own (ARGS=--no-witnesses)
	@scripts/fresh.sh $(ARGS)
fuzz: node_modules/.stamp ## Send damaged files through every reader (SECONDS=60 or RUNS=n per reader, SEED=n, ONLY=name, CASE=path)
	@ASSAY_FUZZ=1 $(if $(RUNS),FUZZ_RUNS=$(RUNS)) $(if $(SEED),FUZZ_SEED=$(SEED)) $(if $(ONLY),FUZZ_ONLY='$(ONLY)') $(if $(CASE),FUZZ_CASE='$(CASE)') \
	  FUZZ_SECONDS=$(or $(SECONDS),60) npx --no-install vitest run

test-icarus: node_modules/.stamp ## Run the unit tests of rtl/ on Icarus, which has four states
	@scripts/need.sh iverilog
	@ASSAY_SIMULATOR=icarus npx --no-install vitest run $(addprefix test/rtl/,$(icarus-tests))

versions: dist/.stamp node_modules/.stamp ## Test newer Verilators, from packages of Debian (ARGS='trixie sid')
	@scripts/versions.sh $(ARGS)

test-package: node_modules/.stamp | verilator ## Install the packed package as users do, and run it there
	@ASSAY_PACKAGE_TESTS=1 npx --no-install vitest run

test-kernel: node_modules/.stamp tools/kernel/node_modules/.stamp ## Compare the committed kernel with a fresh compilation
	@npx --no-install vitest run test/golden/kernel.test.ts

kernel: node_modules/.stamp tools/kernel/node_modules/.stamp ## Compile src/golden/kernel.as.ts after a change
	@npx --no-install vitest run test/golden/kernel.test.ts --update

lint: node_modules/.stamp tools/lint/node_modules/.stamp | verilator ## Check formatting, types, the package and RTL
	@$(biome) check .
	@npx --no-install tsc --noEmit
	@npx --no-install tsc --noEmit -p src/report/browser
	@scripts/lint-package.sh
	@scripts/lint-rtl.sh

format: tools/lint/node_modules/.stamp ## Format the TypeScript and JSON
	@$(biome) check --write .

bench: dist/.stamp | verilator ## Measure the figures of the README
	@node dist/bench/main.js $(ARGS)

torture: dist/.stamp | verilator ## Kill commands, fill disks and damage files: no wrong verdict, nothing lost
	@node dist/bench/torture/main.js $(ARGS)

accuracy: dist/.stamp ## Measure each quantisation technique on COCO; takes hours (ARGS='--json file' goes on)
	@node dist/bench/technique-table.js $(ARGS)

pictures: dist/.stamp | verilator ## Make the pictures of README.md again, from real runs (docs/images)
	@scripts/need.sh chromium fst2vcd
	@node dist/bench/pictures/main.js

synth: dist/.stamp ## Map every module with Yosys and write docs/synthesis.md
	@scripts/need.sh yosys
	@scripts/need.sh --try nextpnr-ice40
	@node dist/bench/synth.js $(ARGS)

verification: dist/.stamp ## Write what is known of each clause into docs/verification.md, from make prove, mutate and sim
	@node dist/verification/main.js $(ARGS)

prove: dist/.stamp ## Prove properties of rtl/ for every input, with Yosys and ABC (ARGS='divider')
	@scripts/need.sh yosys yosys-abc
	@node dist/prove/main.js $(ARGS)

coverage: dist/.stamp | verilator ## Show the lines, branches and toggles of rtl/ that the tests reach, as HTML
	@$(assay) coverage $(or $(ARGS),--tests test/rtl/)

coverage-ts: dist/.stamp | verilator ## Show the lines and branches of src/ that the tests reach, as HTML (ARGS='test/golden')
	@npx --no-install vitest run --coverage.enabled --coverage.provider=v8 '--coverage.include=src/**/*.ts' \
	  --coverage.reporter=html --coverage.reporter=json-summary --coverage.reporter=lcovonly --coverage.reporter=text-summary \
	  --coverage.reportsDirectory=build/coverage/src --testTimeout=600000 --hookTimeout=600000 $(ARGS)

mutate: dist/.stamp | verilator ## Break rtl/ one token at a time and see which tests notice
	@node dist/mutate/main.js $(ARGS)

mutate-ts: dist/.stamp ## Break src/ one expression at a time and see which tests notice (ARGS='golden diff')
	@node dist/mutate/typescript/main.js $(ARGS)

build: dist/.stamp ## Compile the TypeScript

clean: ## Remove everything that make made, except the installed packages
	rm -rf build dist coverage

verilator:
	@scripts/need.sh verilator

# Second opinions of the tests, which go on without them.
witnesses:
	@scripts/need.sh --try iverilog yosys srec_cat fst2vcd gemmlowp

node_modules/.stamp: package.json package-lock.json
	@scripts/need.sh node
	$(npm-ci)
	@touch $@

# Tools that few need, each set with a lock of its own.
tools/%/node_modules/.stamp: tools/%/package.json tools/%/package-lock.json
	@scripts/need.sh node
	$(npm-ci) --prefix tools/$*
	@touch $@

dist/.stamp: node_modules/.stamp tsconfig.json tsconfig.build.json $(sources)
	@npm run --silent build
	@touch $@

.PHONY: accuracy versions explain format fresh kernel pictures fuzz torture witnesses test-kernel test-package test-long test-slow test-icarus help sim report roms golden quantise inspect validate selftest example test lint bench synth prove verification coverage coverage-ts mutate mutate-ts build clean verilator
