"""One connection of a client's: sends a stream, reads the answers, and serves the vendors meanwhile."""

import re
import selectors
import socket
import struct
import time
from dataclasses import dataclass

_MARK = re.compile(rb"c=\d+\.\d")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d\d\d)[^\r\n]*\r\n")


@dataclass
class Answer:
    status: int
    serial: int  # Which of the vendor's records it answers; None for the party's own.
    code: bytes  # Timegate-Error
    is_cut: bool = False


@dataclass
class Outcome:
    answers: list
    records: list
    is_closed: bool = False  # by the other side
    is_late: bool = False  # the other side neither answered nor closed in time
    garbage: bytes = b""  # what came and is no answer


class Client:
    def __init__(self, selector):
        self._selector = selector

    def settle(self, seconds=0.0):
        """Serves the vendors until nothing has happened for so long."""
        while self._turn(seconds):
            pass

    def _turn(self, seconds):
        events = self._selector.select(seconds)
        for key, _ in events:
            key.data()
        return bool(events)

    def exchange(self, port, vendor, stream, wanted=None, patience=5.0):
        """Sends `stream`; with `wanted`, everything at once, and leaves when so many answers have come."""
        vendor.take()
        self._received = bytearray()
        self._ended = False
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError as error:
            return Outcome([], [], is_late=True, garbage=f"no connection: {error}".encode())
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        self._selector.register(self._socket, selectors.EVENT_READ, self._read)
        deadline = time.monotonic() + patience
        is_late = False
        try:
            if wanted is None:
                self._send_in_steps(stream, deadline)
            else:
                self._send(stream.bytes, deadline)
            while not self._ended:
                if wanted is not None and self._count() >= wanted:
                    break
                if time.monotonic() > deadline:
                    is_late = True
                    break
                self._turn(0.2)
        finally:
            self._selector.unregister(self._socket)
            if stream.end == "reset" and wanted is None:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._socket.close()
        self.settle(0.02 if stream.end == "reset" else 0.0)
        answers, garbage = read_answers(bytes(self._received), self._ended)
        records = [record for record in vendor.take() if not _is_of_another(record, stream)]
        return Outcome(answers, records, self._ended, is_late, garbage)

    def _read(self):
        try:
            data = self._socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._received += data
        elif not self._ended:
            self._ended = True
            # Nothing more to hear: do not spin on it.
            self._selector.modify(self._socket, selectors.EVENT_WRITE, lambda: None)

    def _count(self):
        return len(read_answers(bytes(self._received), self._ended)[0])

    def _send(self, data, deadline):
        view = memoryview(data)
        while view and not self._ended:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return
                self._turn(0.01)
            except OSError:
                return

    def _send_in_steps(self, stream, deadline):
        data, sent = stream.bytes, 0
        stops = set()
        if stream.end == "wait":
            place = 0
            for part in stream.parts:
                place += len(part)
                stops.add(place)
        for cut in sorted({*stream.cuts, *stops, len(data)}):
            if cut <= sent:
                continue
            before = self._count() if cut in stops else 0
            self._send(data[sent:cut], deadline)
            sent = cut
            if cut in stops:
                until = time.monotonic() + 0.05
                while not self._ended and self._count() == before and time.monotonic() < until:
                    self._turn(0.01)
            elif cut < len(data):
                self._turn(0.0004)
        if stream.end == "reset":
            self._turn(0.0005)
            self._ended = True
            self._selector.modify(self._socket, selectors.EVENT_WRITE, lambda: None)
            return
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def _is_of_another(record, stream):
    """What a stream that was broken off left behind may reach the vendor while the next one is looked at."""
    mark = _MARK.search(record.target)
    return mark is not None and mark[0] not in stream.bytes


def read_answers(data, is_all):
    """The answers in `data`, interim ones left out, and what is left and is none of them.

    Which answer belongs to HEAD is not known here: its body is taken as missing where the next answer, or the end,
    follows at once.
    """
    answers = []
    while data:
        status = _STATUS.match(data)
        end = data.find(b"\r\n\r\n")
        if not status or end < 0:
            return answers, (data if is_all or not b"HTTP/1.1 ".startswith(data[:9]) and not status else b"")
        head, rest = data[: end + 2], data[end + 4 :]
        number = int(status.group(1))
        fields = _fields(head)
        if 100 <= number < 200:
            data = rest
            continue
        answer = Answer(number, None, fields.get(b"timegate-error", b""))
        if b"x-serial" in fields:
            answer.serial = int(fields[b"x-serial"])
        if number in (204, 304) or rest[:7] == b"HTTP/1.":
            data = rest
        elif fields.get(b"transfer-encoding") == b"chunked":
            taken = _chunked(rest)
            if taken is None:
                answer.is_cut = is_all and bool(rest)
                if not answer.is_cut and not is_all:
                    return answers, b""
                data = b""
            else:
                data = rest[taken:]
        elif b"content-length" in fields:
            length = int(fields[b"content-length"])
            if len(rest) < length and not (is_all and not rest):
                if not is_all:
                    # HEAD's answer may be whole without it; who counts waits a moment longer, or for the end.
                    if rest:
                        return answers, b""
                    answers.append(answer)
                    return answers, b""
                answer.is_cut = True
                length = len(rest)
            data = rest[length:]
        else:
            data = b""
        answers.append(answer)
    return answers, b""


def _fields(head):
    fields = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip()
    return fields


def _chunked(data):
    place = 0
    while True:
        end = data.find(b"\r\n", place)
        if end < 0:
            return None
        try:
            size = int(data[place:end].partition(b";")[0], 16)
        except ValueError:
            return None
        place = end + 2
        if size == 0:
            # Trailer lines up to an empty one.
            while True:
                end = data.find(b"\r\n", place)
                if end < 0:
                    return None
                if end == place:
                    return end + 2
                place = end + 2
        place += size + 2
