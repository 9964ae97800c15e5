.PHONY: up test bench faults lint

PYTEST = ./run python manage.py with_services -- python -m pytest

up:  ## Start everything on this machine; Ctrl-C stops it.
	@./run python manage.py up

test:  ## Everything, on throw-away servers; browser tests where a Chromium is found.
	@./run python manage.py bundle
	$(PYTEST) -n 2 --dist loadgroup -rs -m "not faults_long" tests

BENCHMARKS = audit_loop workspace callbacks api pool quality export

bench:  ## Every benchmark in full, one after the other; each prints its table and ends with 1 where a goal is short.
	@failed=; for one in $(BENCHMARKS); do echo "== $$one"; \
	./run python manage.py sandbox --durable -- python benchmarks/$$one.py || failed="$$failed $$one"; done; \
	[ -z "$$failed" ] || { echo "short:$$failed"; exit 1; }

faults:  ## Kill -9, broker gone, database restarted.
	./run python manage.py bundle
	$(PYTEST) -rs -s tests/faults tests/clients/test_loop.py

lint:
	./run ruff check .
	./run ruff format --check .
	./run lint-imports
