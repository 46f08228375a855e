# Everything that is needed to build, try, test and install Timegate.

SWIFT_FLAGS := --explicit-target-dependency-import-check error
# The binary that is installed, measured and killed: with what it needs of Swift in it, so that it runs where there is no Swift.
# It starts and calls faster, too.
RELEASE_FLAGS := -c release --static-swift-stdlib
RELEASE = $$(swift build $(RELEASE_FLAGS) --show-bin-path)/timegate
PREFIX ?= /usr/local
DESTDIR ?=
PACKAGES := pkg-config liblua5.4-dev libcurl4-openssl-dev libsqlite3-dev libjemalloc-dev tzdata ca-certificates
# What the tests call beside: a certificate authority of their own, the command lines of the quickstart, system calls that
# fail, and HTTP clients of other languages.
TEST_PACKAGES := openssl curl strace python3 perl

# The load under which the gateway is killed.
CHAOS_PACKAGES := wrk

# Whom the fuzzer compares with.
FUZZ_PACKAGES := python3 nginx haproxy
FUZZ_SECONDS ?= 600

.PHONY: all demo test chaos defences fuzz lint bench install deps test-deps chaos-deps fuzz-deps lint-deps clean

all: deps
	swift build $(SWIFT_FLAGS)

# Installs the Debian packages that are missing, and says which.
deps:
	@./.ci/packages $(PACKAGES)

demo: deps
	swift build $(SWIFT_FLAGS) --product timegate
	"$$(swift build --show-bin-path)/timegate" demo $(DEMO_ARGS)

# The tests that start programs run apart from those that hold thousands of connections, and some at a time: on two cores
# more of them would only wait for each other, and for vendors that seem slow then.
TEST_FLAGS := $(SWIFT_FLAGS) --skip-build --experimental-maximum-parallelization-width 6

test: deps test-deps
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(TEST_FLAGS) --skip TimegateTests
	swift test $(TEST_FLAGS) --filter TimegateTests

test-deps:
	@./.ci/packages $(TEST_PACKAGES)

# A minute of SIGKILL every second under load, on the released binary, until everything that can be settled is.
# Prints the balance of the clients' log, the vendors' ledgers and the journal.
chaos: deps test-deps chaos-deps
	swift build $(RELEASE_FLAGS) --product timegate
	swift build $(SWIFT_FLAGS) --build-tests
	TIMEGATE_CHAOS_SECONDS=60 TIMEGATE_TEST_BINARY="$(RELEASE)" \
		swift test $(SWIFT_FLAGS) --skip-build --filter 'KillLoopTests|KillPointTests|DiskFaultTests|StopTests|WorkerRestartTests'
	TIMEGATE_SIM_RUNS=10000 swift test $(SWIFT_FLAGS) --skip-build --filter SimulationTests/noEntryIsDoubledAndNoneIsLost

chaos-deps:
	@./.ci/packages $(CHAOS_PACKAGES)

# Takes the defences of docs/security.md out, one at a time in a copy of the tree, and demands that a test notices. Half an hour.
# DEFENCES_ARGS names rows, or a folder that keeps the copy: Tests/Defences/README.md.
defences: deps test-deps
	Tests/Defences/run $(DEFENCES_ARGS)

# Random HTTP/1.1 streams to the released binary, for ten minutes: nothing breaks, and what it accepts nginx and HAProxy
# accept too. FUZZ_SECONDS says how long, FUZZ_ARGS the rest.
fuzz: deps fuzz-deps
	swift build $(RELEASE_FLAGS) --product timegate
	Fuzz/run --seconds $(FUZZ_SECONDS) --gateway "$(RELEASE)" $(FUZZ_ARGS)

fuzz-deps:
	@./.ci/packages $(FUZZ_PACKAGES)

lint: lint-deps
	swift format lint --strict --parallel --recursive --configuration .swift-format Package.swift Sources Tests
	luacheck --quiet plugins examples/plugins examples/hooks

lint-deps:
	@./.ci/packages lua-check

bench: deps
	Benchmarks/install
	swift build $(RELEASE_FLAGS) --product timegate
	Benchmarks/run $(BENCH_ARGS)

install: deps
	swift build $(RELEASE_FLAGS) --product timegate
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/timegate"
	install -m 0755 "$(RELEASE)" "$(DESTDIR)$(PREFIX)/bin/timegate"
	strip --strip-debug "$(DESTDIR)$(PREFIX)/bin/timegate"
	cp -R plugins "$(DESTDIR)$(PREFIX)/share/timegate/"

clean:
	swift package clean
