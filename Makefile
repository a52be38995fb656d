# Two commands: `make demo` shows Telerad with real studies, `make test` runs every check.
PYTHON ?= python3

.PHONY: demo test setup clean
demo:
	@$(PYTHON) .ci/setup.py demo
	@.venv/bin/telerad demo

test:
	@$(PYTHON) .ci/setup.py test
	@.venv/bin/python tests/run.py $(ARGS)

setup:
	@$(PYTHON) .ci/setup.py test

clean:
	rm -rf .venv var build *.egg-info tests/js/node_modules
