"""A party at the rate of another: what a call takes depends on how many share a turn of the loop and a warm cache."""

from dataclasses import replace

_NEAR = 0.03
_TRIALS = 5


class Pace:
    """Slows the callers of one party down, by a pause between an answer and the next request."""

    def __init__(self, load, party, name):
        self.party = replace(party, name=name)
        self._load = load
        self._pauses_ms = {}  # by the number of connections: where the next round begins to look

    def measure(self, rate, connections, round_number, warm_up, duration):
        """The sample at this many requests per second, or at as many as the party manages."""
        pause_ms = self._pauses_ms.get(connections, 0.0)
        for _ in range(_TRIALS):
            reached = self._load.rate(self.party, connections, max(warm_up, 1), pause_ms)
            if abs(reached / rate - 1) < _NEAR or (pause_ms == 0 and reached < rate):
                break
            # Each caller has one request under way: what its turn is to take, less what it takes now.
            pause_ms = max(0.0, pause_ms + 1000 * connections * (1 / rate - 1 / reached))
        self._pauses_ms[connections] = pause_ms
        return self._load.measure(self.party, connections, round_number, 0, duration, pause_ms)
