# make run [ARGS="--demo --seconds 65"]   the whole system on this machine, with a demonstration
# make test [ARGS="proto sql"]            every check and test, or the tests under these paths
# make check                              format, lint and types alone
# make bench [ARGS="dns --json FILE"]     the benchmarks: docs/benchmarks.md
# make binaries [ARGS=FOLDER]             executables that need no Deno, in bin
#
# Each is a deno task; tools/deno.sh brings Deno when there is none.

RUN_DENO = @tools/deno.sh

.PHONY: run test check bench binaries

run:
	$(RUN_DENO) task --quiet lars up $(or $(ARGS),--demo)

test:
	@tools/need.sh mariadb compiler
	$(RUN_DENO) task test $(ARGS)

check:
	$(RUN_DENO) task check

bench:
	@tools/need.sh mariadb compiler
	$(RUN_DENO) task bench $(ARGS)

binaries:
	$(RUN_DENO) task --quiet binaries $(ARGS)
