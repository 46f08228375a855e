"""Where nginx or HAProxy do not go along with what the gateway passes on, and why that is right.

Each is tested for being needed.
"""

import re
from dataclasses import dataclass
from typing import Callable

from . import judge
from .streams import KEY, Stream

_HEAD = re.compile(rb"[A-Z_-]+ (\S+) HTTP/1\.([01])\r\n((?:[^\r\n]+\r\n)*)\r\n")
_CONNECTION_PATH = re.compile(rb"/proxy/[^/?]*(.*)", re.S)
_ABSOLUTE = re.compile(rb"https?://([^/?]*)(.*)", re.I | re.S)


@dataclass
class Head:
    """A request's head in a stream, found by the target that the vendor got."""

    target: bytes
    minor: bytes
    lines: list

    def values(self, name):
        pairs = (line.partition(b":") for line in self.lines)
        return [value.strip(b" \t") for other, _, value in pairs if other.lower() == name]


@dataclass
class Difference:
    name: str
    peer: str
    # Whether it explains why `peer` did not take a request with one of these heads; the heads before it, and whether
    # the peer had answered all of those and closed.
    applies: Callable
    # For a lane: the bytes of a stream that shows it.
    example: Callable


def _names_other_host(heads, before, has_closed):
    """RFC 9112 section 3.2.2: a proxy must ignore Host where the target is absolute; docs/proxy.md says so too."""
    for head in heads:
        absolute = _ABSOLUTE.fullmatch(head.target)
        if absolute and all(value.lower() != absolute[1].lower() for value in head.values(b"host")):
            return True
    return False


def _repeats_condition(heads, before, has_closed):
    """RFC 9110 sections 5.3, 13.1.1 and 13.1.2: If-Match and If-None-Match are lists, which may take several lines."""
    return any(len(head.values(name)) > 1 for head in heads for name in (b"if-match", b"if-none-match"))


def _was_closed_after_old_request(heads, before, has_closed):
    """An answer in chunks can only be ended for HTTP/1.0 by closing, unless it is at hand whole, as here."""
    return has_closed and any(head.minor == b"0" for head in before)


def _was_closed_at_a_word(heads, before, has_closed):
    """RFC 9110 section 7.6.1: options are whole words; nginx looks for `close` anywhere in the field."""
    return has_closed and any(b"close" in value.lower() for head in before for value in head.values(b"connection"))


def _get(lane, key, target=None, fields=b"", version=b"1.1"):
    target = target or b"/proxy/" + lane.name + b"/x"
    return b"GET %s HTTP/%s\r\nHost: a.test\r\nTimegate-Key: %s\r\n%s\r\n" % (target, version, key, fields)


KNOWN = [
    Difference(
        "HAProxy wants Host to be the authority of an absolute target", "HAProxy", _names_other_host,
        lambda lane, key: _get(lane, key, b"http://127.0.0.1:%d/x" % lane.vendor_port),
    ),
    Difference(
        "nginx takes one line of If-Match and If-None-Match", "nginx", _repeats_condition,
        lambda lane, key: _get(lane, key, fields=b'If-Match: "a"\r\nIf-Match: "b"\r\n'),
    ),
    Difference(
        "nginx closes behind an answer in chunks to HTTP/1.0", "nginx", _was_closed_after_old_request,
        lambda lane, key: _get(lane, key, fields=b"Connection: keep-alive\r\n", version=b"1.0") * 3,
    ),
    Difference(
        "nginx takes `closed` for `close`", "nginx", _was_closed_at_a_word,
        lambda lane, key: _get(lane, key, fields=b"Connection: closed\r\n") * 2,
    ),
]


def explain(peer, found, stream, outcome, theirs):
    """The name of the difference that explains what was found, or None."""
    if found.kind != "refused":
        return None
    heads = [Head(target, minor, lines.split(b"\r\n")[:-1]) for target, minor, lines in _HEAD.findall(stream.bytes)]
    places = [index for index, head in enumerate(heads) if _leads_to(head.target, found.record.target)]
    meant = [heads[index] for index in places]
    before = heads[: places[-1]] if places else heads
    has_closed = theirs.is_closed and len(theirs.answers) == found.place and found.place > 0
    for difference in KNOWN:
        if difference.peer == peer and difference.applies(meant, before, has_closed):
            return difference.name
    return None


def _leads_to(target, sent):
    absolute = _ABSOLUTE.fullmatch(target)
    path = absolute[2] if absolute else target
    connection = _CONNECTION_PATH.fullmatch(path)
    # The gateway gives a path that is empty its slash.
    return any(one == sent or b"/" + one == sent for one in (path, connection and connection[1]) if one is not None)


def needless(worker):
    """The differences that are none: (name, why)."""
    found = []
    for known in KNOWN:
        stream = Stream(-1, [known.example(worker.lane, KEY)], "path", "half", [])
        outcome = worker.ask(stream)
        if any(answer.serial is None for answer in outcome.answers):
            found.append((known.name, f"the gateway refuses its example: {outcome.answers}"))
            continue
        theirs = worker.ask_peer(known.peer, stream, len(outcome.answers))
        difference = judge.compare(stream, outcome, theirs, worker.prefix(stream))
        if not difference:
            found.append((known.name, f"{known.peer} goes along with its example"))
        elif explain(known.peer, difference, stream, outcome, theirs) != known.name:
            found.append((known.name, f"it does not explain its own example: {difference}"))
    return found
