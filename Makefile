# make run [ARGS="--demo --seconds 65"]   the whole system on this machine, with a demonstration
# make test [ARGS="proto sql"]            every check and test, or the tests under these paths: some four minutes on two
#                                         cores; ARGS=--thorough tries all cases where otherwise some are drawn
# make test-all                           that thoroughly, what takes longer, and tests repeated on a busy machine: some
#                                         fifteen minutes; what continuous integration runs
# make check                              format, lint and types alone
# make bench [ARGS="dns --json FILE"]     the benchmarks: docs/benchmarks.md
# make chaos [SECONDS=60] [SEED=N] [DATABASE=mariadb|sqlite]   breaks a whole system under load: CONTRIBUTING.md
# make soak [MINUTES=30]                  every role at half of the machine's load: fails where memory goes on growing
# make abuse [ARGS="--inputs 1000000"]   bad input for every decoder, and floods: some half an hour
# make binaries [ARGS=FOLDER]             executables that need no Deno, in bin
# make audit                              looks deno.lock's packages up among known vulnerabilities; needs the registry
# make client [ARGS=FOLDER]               the client for Node in one file, and its types, in bin
#
# Each is a deno task; tools/deno.sh brings Deno into .deno, through npm, when there is none. Tests and benchmarks need
# MariaDB's server, a C compiler and Node, which tools/need.sh installs through apt-get, as root, when they are missing.

RUN_DENO = @tools/deno.sh
INSTALLS = "Installs what is missing, once, in a minute or two: Deno 2.9 into .deno and the packages of deno.lock (npm); \
MariaDB's server, a C compiler and Node (apt-get, as root)."

.PHONY: run test test-all check bench chaos soak abuse binaries audit client

run:
	$(RUN_DENO) task --quiet lars up $(or $(ARGS),--demo)

test:
	@echo $(INSTALLS)
	@tools/need.sh mariadb compiler node
	$(RUN_DENO) task --quiet test $(ARGS)

test-all:
	@echo $(INSTALLS)
	@tools/need.sh mariadb galera compiler node
	$(RUN_DENO) task --quiet test-all

check:
	$(RUN_DENO) task check

bench:
	@tools/need.sh mariadb compiler
	$(RUN_DENO) task bench $(ARGS)

chaos:
	@tools/need.sh mariadb
	$(RUN_DENO) task --quiet chaos --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED)) $(if $(DATABASE),--database $(DATABASE))

soak:
	$(RUN_DENO) task --quiet soak --minutes $(or $(MINUTES),30)

abuse:
	@tools/need.sh compiler
	$(RUN_DENO) task --quiet abuse $(ARGS)

binaries:
	$(RUN_DENO) task --quiet binaries $(ARGS)

audit:
	$(RUN_DENO) task --quiet audit

client:
	$(RUN_DENO) task --quiet client $(ARGS)
