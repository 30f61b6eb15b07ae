# make run [ARGS="--demo --seconds 65"]   the whole system on this machine, with a demonstration
# make test [ARGS="proto sql"]            every check and test, or the tests under these paths
# make check                              format, lint and types alone
# make bench [ARGS=FILE…]                 the benchmarks
#
# Each is a deno task; tools/deno.sh brings Deno when there is none.

DENO = @tools/deno.sh

.PHONY: run test check bench

run:
	$(DENO) task lars up $(or $(ARGS),--demo)

test:
	@tools/mariadb.sh
	$(DENO) task test $(ARGS)

check:
	$(DENO) task check

bench:
	$(DENO) task bench $(ARGS)
