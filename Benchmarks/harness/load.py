"""The timed phase: wrk against one party, every answer checked, the party's CPU time read around it."""

import json
import re
import subprocess
import time
from dataclasses import asdict, dataclass

from .failure import Failure
from .job import BENCHMARKS
from .party import get
from .processes import core_busy_seconds

_FAULTS = ("wrong", "status_errors", "connect_errors", "read_errors", "write_errors", "timeouts")


@dataclass
class Sample:
    party: str
    connections: int
    round: int
    requests: int
    cpu_us: float  # user + system of the party, per request
    rps: float
    p50_ms: float
    p99_ms: float
    core_busy: float  # the party's share of its core, 0 to 1
    core_others: float  # what others used of that core, 0 to 1
    resident_mb: float
    pause_ms: float = 0.0  # of each caller, between an answer and its next request

    def as_json(self):
        return asdict(self)


class Load:
    def __init__(self, upstream_port, core, load_core, folder):
        self._upstream_port = upstream_port
        self._core = core
        self._load_core = load_core
        self._folder = folder
        # Whether nobody else calls the upstream, so that its count can be compared.
        self.counts_upstream = True
        # Whether the entries differ in their values.
        self.is_varied = False
        # How many connections of the gateway they go to, in turn.
        self.targets = 1

    def measure(self, party, connections, round_number, warm_up, duration, pause_ms=0.0):
        """`pause_ms` is what each caller waits between an answer and its next request."""
        if warm_up:
            self._wrk(party, connections, warm_up, pause_ms)
        upstream, _ = self._upstream_at_rest()
        others, cpu, began = core_busy_seconds(self._core), party.process.cpu_seconds(), time.monotonic()
        result = self._wrk(party, connections, duration, pause_ms)
        wall, cpu = time.monotonic() - began, party.process.cpu_seconds() - cpu
        others = core_busy_seconds(self._core) - others - cpu
        party.process.check_alive()
        after, readings = self._upstream_at_rest()
        # Each reading is itself a request that the upstream counts.
        forwarded = after - upstream - readings
        requests = result["requests"]
        if self.counts_upstream and not requests <= forwarded <= requests + connections:
            raise Failure(
                f"{party.name}: {requests} calls were answered and {forwarded} requests reached the upstream"
                f" (at most {connections} more may be under way when the load stops)."
            )
        return Sample(
            party=party.name,
            connections=connections,
            round=round_number,
            requests=requests,
            cpu_us=cpu / requests * 1e6,
            rps=requests / result["duration_us"] * 1e6,
            p50_ms=result["p50_us"] / 1e3,
            p99_ms=result["p99_us"] / 1e3,
            core_busy=cpu / wall,
            core_others=max(others / wall, 0),
            resident_mb=party.process.resident_bytes() / 1e6,
            pause_ms=pause_ms,
        )

    def rate(self, party, connections, seconds, pause_ms):
        """Requests per second, of a short trial."""
        result = self._wrk(party, connections, seconds, pause_ms)
        return result["requests"] / result["duration_us"] * 1e6

    def _wrk(self, party, connections, seconds, pause_ms):
        body, expected = self._folder / "body", self._folder / "expected"
        body.write_bytes(party.body)
        expected.write_bytes(party.expected)
        command = ["taskset", "-c", str(self._load_core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
        command += ["-s", str(BENCHMARKS / "load.lua"), party.url, "--", str(body), str(expected)]
        kind = str(self.targets) if self.targets > 1 else "varied" if self.is_varied else "fixed"
        command += ["exact" if party.is_exact else "members", kind, f"{pause_ms:.3f}"]
        command += [f"{name}: {value}" for name, value in party.headers.items()]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
        except subprocess.TimeoutExpired:
            raise Failure(f"{party.name}: wrk did not end {30} s after its time.") from None
        try:
            result = json.loads(run.stdout.strip().splitlines()[-1])
        except (IndexError, ValueError):
            raise Failure(f"{party.name}: wrk failed:\n{run.stdout}{run.stderr}") from None
        self._check(party, connections, result)
        return result

    def _check(self, party, connections, result):
        party.process.check_alive()
        counts = {name: result[name] for name in _FAULTS}
        if any(counts.values()) or not result["requests"]:
            words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
            raise Failure(
                f"{party.name} at {connections} connections: {words or 'nothing answered'}"
                f" in {result['requests']} answers. {result['first_wrong']}".rstrip()
            )

    def _upstream_at_rest(self):
        """How many requests the upstream had once nothing is under way any more, and how often it was asked for that."""
        count, readings = self._upstream_requests(), 1
        for _ in range(50):
            time.sleep(0.1)
            before, count, readings = count, self._upstream_requests(), readings + 1
            if count == before + 1:
                break
        return count, readings

    def _upstream_requests(self):
        answer = get(self._upstream_port, "/upstream_status")
        if not answer or answer.status != 200:
            raise Failure("The upstream does not tell how many requests it had.")
        return int(re.search(rb"\n\s*\d+ \d+ (\d+)", answer.body).group(1))
