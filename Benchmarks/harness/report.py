"""From samples to medians, ratios, a table and a JSON file."""

import json
import statistics

REFERENCE = "nginx + Lua"
PLAIN = "nginx, plain"
PACED = "timegate, paced"
PROXY_GOAL = 1.0
UNREAD_GOAL = 2.5
GOAL, LIMIT = 1.0, 1.5
JOURNAL_LIMIT_US, JOURNAL_SHARE = 25, 0.5
AT = 32

_MEASURES = {"cpu_us": "CPU µs/request", "rps": "requests/s", "p50_ms": "p50 ms", "p99_ms": "p99 ms"}


class Report:
    def __init__(self, samples, parties):
        self._samples = samples
        self._parties = parties
        self._names = [party.name for party in parties]
        self._connections = sorted({sample.connections for sample in samples})

    def median(self, name, connections, measure):
        return statistics.median(getattr(s, measure) for s in self._of(name, connections))

    def ratio(self, name, connections, measure, to=REFERENCE):
        """The median over the rounds of the ratio within a round: neighbours in time share the machine's mood."""
        own, other = self._of(name, connections), self._of(to, connections)
        return statistics.median(getattr(a, measure) / getattr(b, measure) for a, b in zip(own, other))

    def best_ratio(self, name, connections):
        """CPU per request of each one's least disturbed round, as a ratio: what a noisy machine tells best."""
        own, other = self._of(name, connections), self._of(REFERENCE, connections)
        return min(s.cpu_us for s in own) / min(s.cpu_us for s in other)

    def added(self, name, connections, to):
        """CPU per request beyond another's: the median over the rounds, and between each one's least disturbed round."""
        own, other = self._of(name, connections), self._of(to, connections)
        differences = [a.cpu_us - b.cpu_us for a, b in zip(own, other)]
        return statistics.median(differences), min(s.cpu_us for s in own) - min(s.cpu_us for s in other)

    def print(self):
        rounds = len(self._of(self._names[0], self._connections[0]))
        for connections in self._connections:
            print(f"\n{_counted(connections, 'connection')}, median of {_counted(rounds, 'round')}")
            titles = [*_MEASURES.values(), "core busy", "memory MB"]
            print(" " * 26 + "".join(f"{title:>16}" for title in titles))
            for name in self._names:
                cpu, rps, p50, p99 = (self.median(name, connections, measure) for measure in _MEASURES)
                busy = self.median(name, connections, "core_busy")
                memory = self.median(name, connections, "resident_mb")
                print(f"{name:26}{cpu:16.1f}{rps:16,.0f}{p50:16.2f}{p99:16.2f}{busy:15.0%} {memory:16.0f}")
            print(f"{f'÷ {REFERENCE}':26}")
            for name in self._names:
                ratios = (self.ratio(name, connections, measure) for measure in _MEASURES)
                print(f"{name:26}" + "".join(f"{ratio:16.2f}" for ratio in ratios))
        print("\nWhat was on, as found by asking:")
        for party in self._parties:
            features = ", ".join(f"{name} {state}" for name, state in party.features.items())
            print(f"{party.name:26}{features or 'nothing: it passes bytes on'}")
            if not party.is_exact:
                print(f"{'':26}its answers vary, so that under load only status, id, duration and size were checked")
        others = statistics.median(sample.core_others for sample in self._samples)
        if others > 0.05:
            print(f"\nThe machine was not quiet: others used {others:.0%} of the measured core (median).")
            print("Requests/s and latency then say little, and the CPU ratio of each one's best round most:")
            for connections in self._connections:
                words = ", ".join(f"{name} {self.best_ratio(name, connections):.2f}" for name in self._names)
                print(f"  {_counted(connections, 'connection')}: {words}")

    def as_json(self, machine, settings, ceiling):
        def table(value):
            return {
                name: {str(c): {m: round(value(name, c, m), 4) for m in _MEASURES} for c in self._connections}
                for name in self._names
            }

        return {
            "machine": machine,
            "settings": settings,
            "ceiling_rps": round(ceiling),
            "features": {party.name: party.features for party in self._parties},
            "medians": table(self.median),
            "ratios": {"to": REFERENCE, **table(self.ratio)},
            "best_cpu_ratios": {
                name: {str(c): round(self.best_ratio(name, c), 4) for c in self._connections} for name in self._names
            },
            "samples": [sample.as_json() for sample in self._samples],
        }

    def write(self, path, **about):
        with open(path, "w") as file:
            json.dump(self.as_json(**about), file, indent=2, ensure_ascii=False)
            file.write("\n")

    def _of(self, name, connections):
        found = [s for s in self._samples if s.party == name and s.connections == connections]
        return sorted(found, key=lambda sample: sample.round)


def _counted(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"
