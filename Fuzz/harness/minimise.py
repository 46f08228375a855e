"""Makes a failing stream smaller for as long as it fails in the same way."""

import re
import time
from dataclasses import replace

# Quoted bytes, a request in parentheses, and places; but no status.
_OWN_BYTES = re.compile(r"""b'.*'|b".*"|\(.*\)|\b\d{1,2}\b""")


def signature(faults):
    """What kinds of faults these are, whatever the case's own bytes."""
    return frozenset((kind, _OWN_BYTES.sub("", fault)) for kind, fault in faults)


def smallest(worker, stream, faults, seconds=10):
    """The fewest bytes found that still show faults of the same kinds."""
    wanted = signature(faults)
    data, size = stream.bytes, max(1, len(stream.bytes) // 2)
    until = time.monotonic() + seconds
    counts, worker.counts = worker.counts, type(worker.counts)()
    try:
        while size >= 1 and time.monotonic() < until:
            place = 0
            while place < len(data) and time.monotonic() < until:
                shorter = data[:place] + data[place + size :]
                if shorter and signature(worker.check(_as(stream, shorter))) == wanted:
                    data = shorter
                else:
                    place += size
            size //= 2
        return data
    finally:
        worker.counts = counts


def _as(stream, data):
    return replace(stream, parts=[data], cuts=[cut for cut in stream.cuts if cut < len(data)], expected=None)
