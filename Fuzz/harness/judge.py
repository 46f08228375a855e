"""What is wrong with an outcome, if anything: by itself, against what was sent, and against nginx and HAProxy."""

import re
from collections import Counter
from dataclasses import dataclass

from .vendor import Record

_CONNECTION = re.compile(rb"connection[ \t]*:([^\r\n]*)", re.I)
_PLAIN_NAME = re.compile(rb"[0-9A-Za-z-]+")
# Set anew by every proxy, or about one connection only; RFC 9110 section 7.6.1 and docs/proxy.md.
_OWN = {
    b"host", b"via", b"content-length", b"transfer-encoding", b"connection", b"keep-alive", b"proxy-connection", b"te",
    b"trailer",
    b"upgrade", b"expect", b"proxy-authorization", b"proxy-authenticate", b"proxy-authentication-info",
    b"http2-settings",
    # Recognised operations ask the vendor for identity.
    b"accept-encoding",
}


@dataclass
class Found:
    """What a peer did otherwise with a request that the gateway passed on."""

    kind: str  # "refused" or "differs"
    place: int  # Which answer of the stream it is.
    record: Record  # What the gateway passed on.
    sentence: str


def faults_of_gateway(stream, outcome):
    """Sentences; empty if all is well."""
    faults = []
    if outcome.is_late:
        faults.append(f"the gateway did not close: {len(outcome.answers)} answers, {outcome.garbage[:80]!r}")
    if outcome.garbage and stream.end != "reset":
        faults.append(f"the gateway sent what is no answer: {outcome.garbage[:200]!r}")
    for record in outcome.records:
        for fault in record.faults:
            faults.append(f"the vendor got a malformed request: {fault}")
        for name, value in record.fields:
            if name.lower().startswith(b"timegate-") or (name.lower() == b"via" and not value):
                faults.append(f"the vendor got {name!r}: {value!r}")
        ours = [value for value in record.values(b"via") if b"timegate-" in value]
        if not record.faults and len(ours) != 1:
            faults.append(f"the gateway's Via comes {len(ours)} times")
        if record.is_whole and record.target not in stream.bytes and record.target[:2] not in (b"/", b"/?"):
            faults.append(f"the vendor got the target {record.target[:200]!r}, which was not sent")
    if stream.end == "reset":
        return faults
    for answer in outcome.answers:
        if answer.status in (500, 502, 503, 504):
            faults.append(f"the gateway answered {answer.status} {answer.code.decode(errors='replace')}")
        # Where a vendor answers before a body that then breaks off, so does its answer.
        if answer.is_cut and not any(record.is_early and not record.is_whole for record in outcome.records):
            faults.append("an answer was cut")
    answered = [answer.serial for answer in outcome.answers if answer.serial is not None]
    # A vendor that answers before the body is whole may be heard, or not.
    whole = [
        record.serial
        for record in outcome.records
        if record.is_whole or (record.is_early and record.serial in answered)
    ]
    if whole != answered:
        faults.append(f"the vendor got the requests {whole} and the client the answers {answered}")
    if stream.expected is not None:
        faults += _faults_of_plain(stream, outcome)
    return faults


def _faults_of_plain(stream, outcome):
    """Nothing was changed: each request is known, and nothing else may come of them."""
    faults = []
    whole = [record for record in outcome.records if record.is_whole]
    if len(outcome.answers) > len(stream.expected):
        faults.append(f"{len(stream.expected)} requests were sent and {len(outcome.answers)} answered")
    wanted = list(stream.expected)
    for record in whole:
        # What the gateway refused is left out; what it passed on keeps its order.
        while wanted and not _is_meant(record, wanted[0]):
            wanted.pop(0)
        if not wanted:
            what = f"{record.method!r} {record.target[:200]!r} with {bytes(record.body[:80])!r}"
            faults.append(f"the vendor got {what}, which was not sent")
            break
        wanted.pop(0)
    return faults


def _is_meant(record, request):
    method, path, body = request
    return (record.method, record.target, bytes(record.body)) == (method, path, body)


def compare(stream, outcome, theirs, prefix):
    """What a peer did otherwise first, or None. `prefix` is what the gateway takes off a path."""
    ours = {record.serial: record for record in outcome.records}
    peers = {record.serial: record for record in theirs.records}
    for place, answer in enumerate(outcome.answers):
        other = theirs.answers[place] if place < len(theirs.answers) else None
        if answer.serial is None:
            # Refused by both; where the peer closed, what follows cannot be compared.
            if (other is None or other.serial is None) and place + 1 >= len(theirs.answers):
                return None
            continue
        own = ours.get(answer.serial)
        if own is None or not own.is_whole:
            return None
        if other is None or other.serial is None:
            status = other.status if other else "nothing"
            what = f"({own.method.decode()} {own.target.decode()[:200]}) was answered with {status}"
            return Found("refused", place, own, f"request {place} {what}")
        peer = peers.get(other.serial)
        if own.is_early and peer is not None and not peer.is_whole:
            # It had its answer, and let the rest of the body be.
            return None
        if peer is None or not peer.is_whole:
            return Found("differs", place, own, f"request {place} has not come whole")
        if fault := _difference(own, peer, prefix, _named(stream)):
            return Found("differs", place, own, f"request {place}: {fault}")
        if own.is_early:
            return None
    return None


def _named(stream):
    """The fields that a Connection field makes go, in whichever request."""
    values = _CONNECTION.findall(stream.bytes)
    return {name.strip(b" \t").lower() for value in values for name in value.split(b",")}


def _difference(own, peers, prefix, named):
    if own.method != peers.method:
        return f"the method is {peers.method!r}, not {own.method!r}"
    target = re.sub(rb"^https?://[^/?]*", b"", peers.target, flags=re.I)
    if not target.startswith(b"/") and target != own.target:
        target = b"/" + target
    if target != own.target and not (target.startswith(prefix) and _rooted(target[len(prefix) :]) == own.target):
        return f"the target is {peers.target[:200]!r}, not {own.target[:200]!r}"
    if own.body != peers.body:
        return f"the body is {bytes(peers.body[:200])!r}, not {bytes(own.body[:200])!r}"
    left, right = _fields(own, named), _fields(peers, named)
    if left != right:
        there, here = list((right - left).elements())[:5], list((left - right).elements())[:5]
        return f"the fields differ: only there {there}, only here {here}"
    return None


def _rooted(target):
    return target if target.startswith(b"/") else b"/" + target


def _fields(record, named):
    pairs = Counter()
    for name, value in record.fields:
        name = name.lower()
        if name in _OWN or name in named or name.startswith(b"timegate-") or not _PLAIN_NAME.fullmatch(name):
            continue
        pairs[name, value.strip(b" \t")] += 1
    return pairs
