.PHONY: up test bench faults lint

PYTEST = ./run python manage.py with_services -- python -m pytest

up:  ## Start everything on this machine; Ctrl-C stops it.
	@./run python manage.py up

test:  ## Everything, on throw-away servers; browser tests where a Chromium is found.
	@./run python manage.py bundle
	$(PYTEST) -n 2 --dist loadgroup -rs -m "not faults_long" tests

bench:  ## The audit loop against pgbench, and the API at a million tasks; prints tables.
	./run python manage.py sandbox --durable -- python benchmarks/audit_loop.py
	./run python manage.py sandbox --durable -- python benchmarks/api.py

faults:  ## Kill -9, broker gone, database restarted.
	./run python manage.py bundle
	$(PYTEST) -rs -s tests/faults tests/clients/test_loop.py

lint:
	./run ruff check .
	./run ruff format --check .
	./run lint-imports
