# make guide        environment, model, quick measurement, site
# make test         environment and all tests that need no torch
# make soak         the tests that disturb things at random, ten times as long
# make readme       write the table of verdicts in README.md anew, from the replies that are here
# make lock         write requirements.lock from the environment that is there
# make bench        measure speed against llama.cpp's own programs and lm-eval (an hour and a half on two cores)
# make test-twins   an environment with torch: train, export and verify a tiny twin
#
# BACKEND=cuda|metal|vulkan|hip   build llama.cpp for that GPU
# WHEELS=URL                      take a prebuilt llama-cpp-python from that index instead of compiling it
# LOCKED=1                        install the very versions that the published build is made of (requirements.lock)
# PYTHON=...                      the Python (3.11 or newer) that the environment is made of
# TORCH_WHEELS=URL                take torch from that index, such as the one of CPU builds, which are smaller

BACKEND ?= cpu
WHEELS ?=
LOCKED ?=
TORCH_WHEELS ?=
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# What would read pictures is left out: nothing here asks for it. HOW says the rest, with its reasons.
HOW := runners/engine/build.cmake
CMAKE := -DLLAVA_BUILD=OFF '-DCMAKE_PROJECT_llama_cpp_INCLUDE=$(CURDIR)/$(HOW)'
CMAKE_cpu :=
CMAKE_cuda := -DGGML_CUDA=on
CMAKE_metal := -DGGML_METAL=on
CMAKE_vulkan := -DGGML_VULKAN=on
CMAKE_hip := -DGGML_HIP=on
LLAMA := $(shell sed -n 's/^ *"\(llama-cpp-python==[^"]*\)",.*/\1/p' pyproject.toml)

EXACT := $(if $(LOCKED),--constraint requirements.lock)

INSTALLED := $(VENV)/.installed
ENGINE := $(VENV)/.engine-$(BACKEND)
READY := $(VENV)/.ready

TOOLS := .llama-tools
LM_EVAL := .venv-lm-eval
BENCH := startup guide scaling schedule choose parallel generation scoring divergence perplexity routing lmeval twins live

TWINS := .venv-twins
PYTHON_TWINS ?= $(shell for p in python3.11 $(PYTHON); do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: guide test test-fast soak test-twins bench lock readme engine-name clean

guide: $(INSTALLED)
	$(BIN)/incompressible guide

# Three at a time on two cores: a third of their time tests wait for a browser, a server or a process of their own.
# Those that share what is dear to make go to one worker: tests/conftest.py.
WORKERS ?= $$(( $$(getconf _NPROCESSORS_ONLN) * 3 / 2 ))

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadgroup

test-fast: $(READY)
	$(BIN)/python -m pytest -m "not slow and not engine and not browser"

# After a change of pyproject.toml, or to take newer versions: then build, look, and commit both.
lock: $(INSTALLED)
	$(BIN)/python -m tests.lock > requirements.lock.new && mv requirements.lock.new requirements.lock

readme: $(READY)
	$(BIN)/cog -r -I . README.md

# What decides how llama.cpp is compiled, for whoever keeps what came of it.
engine-name:
	@echo "$(strip $(LLAMA) $(BACKEND) $(CMAKE) $(CMAKE_$(BACKEND)) $(CMAKE_ARGS)) $$(cksum < $(HOW))"

# The same disturbances as in `make test`, ten times as many.
soak: $(READY)
	$(BIN)/python -m pytest -m soak --soak

test-twins: $(TWINS)/.ready
	$(TWINS)/bin/python -m pytest tests/runners/test_twins_torch.py

# Every script leaves its rows in data/bench.json, of which the page on speed is made.
bench: $(READY) $(TOOLS)/.ready $(LM_EVAL)/.ready
	$(BIN)/incompressible build
	for script in $(BENCH); do LLAMA_TOOLS=$(TOOLS)/build/bin LM_EVAL=$(LM_EVAL)/bin/lm_eval \
		$(BIN)/python -m tests.bench.$$script --keep || exit 1; done
	$(BIN)/python -m tests.bench.page
	$(BIN)/cog -r -I . docs/contributing/performance.md

# llama.cpp's own programs, from the package that this project's llama.cpp is built of.
$(TOOLS)/.ready: pyproject.toml $(READY)
	rm -rf $(TOOLS) && mkdir $(TOOLS)
	$(BIN)/python -m pip download --quiet --no-deps --no-binary :all: --dest $(TOOLS) "$(LLAMA)"
	tar xzf $(TOOLS)/llama_cpp_python-*.tar.gz -C $(TOOLS) --strip-components=1
	cmake -S $(TOOLS)/vendor/llama.cpp -B $(TOOLS)/build -DCMAKE_BUILD_TYPE=Release -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF \
		-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF $(CMAKE_$(BACKEND)) $(CMAKE_ARGS)
	cmake --build $(TOOLS)/build --parallel $$(getconf _NPROCESSORS_ONLN) --target llama-bench llama-batched-bench llama-perplexity
	@touch $@

# Python 3.11, because torch's wheels for it are small builds for the processor.
$(LM_EVAL)/.ready: pyproject.toml
	test -x $(LM_EVAL)/bin/python || $(PYTHON_TWINS) -m venv $(LM_EVAL)
	$(LM_EVAL)/bin/python -m pip install --quiet $(if $(TORCH_WHEELS),--extra-index-url $(TORCH_WHEELS)) \
		"lm-eval[hf]==0.4.13" torch==2.13.0 gguf
	@touch $@

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it or name it: make PYTHON=/path/to/python3"; exit 1; }
	@command -v c++ >/dev/null || test -n "$(WHEELS)" || { echo "A C++ compiler is needed (Debian: apt-get install g++)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# A GPU build must never be a cached CPU wheel, so for a GPU the package is compiled anew.
$(ENGINE): | $(VENV)/bin/python
	@rm -f $(VENV)/.engine-*
	@test "$(BACKEND)" = cpu || test -n "$(CMAKE_$(BACKEND))" || { echo "BACKEND is cpu, cuda, metal, vulkan or hip"; exit 2; }
	@test -n "$(WHEELS)" || echo "compiling llama.cpp for $(BACKEND): some four minutes on two cores, once"
	CMAKE_ARGS="$(CMAKE) $(CMAKE_$(BACKEND)) $(CMAKE_ARGS)" $(BIN)/python -m pip install --quiet \
		$(if $(WHEELS),--extra-index-url $(WHEELS) --only-binary llama-cpp-python --force-reinstall) \
		$(if $(filter-out cpu,$(BACKEND))$(WHEELS),$(if $(WHEELS),,--no-cache-dir --force-reinstall --no-binary llama-cpp-python)) \
		$(EXACT) "$(LLAMA)"
	@touch $@

$(INSTALLED): pyproject.toml $(ENGINE)
	$(BIN)/python -m pip install --quiet --editable ".[engine,site]" $(EXACT)
	@touch $@

$(READY): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --editable ".[engine,site,dev]" $(EXACT)
	@sh tests/need_browser.sh
	@touch $@

$(TWINS)/.ready: pyproject.toml
	@test -n "$(PYTHON_TWINS)" || { echo "Python 3.11 or newer is needed; name it: make test-twins PYTHON_TWINS=/path/to/python3"; exit 1; }
	test -x $(TWINS)/bin/python || $(PYTHON_TWINS) -m venv $(TWINS)
	CMAKE_ARGS="$(CMAKE) $(CMAKE_ARGS)" $(TWINS)/bin/python -m pip install --quiet $(if $(TORCH_WHEELS),--extra-index-url $(TORCH_WHEELS)) \
		--editable ".[engine,twins]" pytest
	@touch $@

clean:
	rm -rf $(VENV) $(TWINS) $(TOOLS) $(LM_EVAL) build data/tables site explainers/live/node_modules tests/site/node_modules
