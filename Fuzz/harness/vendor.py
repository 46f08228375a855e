"""A vendor that keeps what comes, reads it strictly, and answers at once."""

import re
import selectors
import socket
from dataclasses import dataclass, field

_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) (HTTP/1\.[01])")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*", re.S)
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


@dataclass
class Record:
    """One request as it came."""

    serial: int
    method: bytes = b""
    target: bytes = b""
    fields: list = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    trailers: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    is_whole: bool = False
    is_early: bool = False

    def values(self, name):
        return [value for other, value in self.fields if other.lower() == name]


class Vendor:
    """Listens on loopback; its connections are served by whoever runs `selector`."""

    def __init__(self, selector):
        self._selector = selector
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(256)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self.authority = b"127.0.0.1:%d" % self.port
        self.records = []
        selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def take(self):
        """The records since the last call; serials begin anew."""
        records, self.records = self.records, []
        return records

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(connection, selectors.EVENT_READ, _Arrival(self, connection, self._selector).read)


class _Arrival:
    """One connection to the vendor."""

    def __init__(self, vendor, connection, selector):
        self._vendor = vendor
        self._connection = connection
        self._selector = selector
        self._bytes = bytearray()
        self._record = None
        self._missing = 0  # Bytes of a body with a length, or of a chunk and its line end.
        self._state = "head"
        self._outgoing = bytearray()
        self._closes = False

    def read(self):
        try:
            data = self._connection.recv(1 << 18)
        except BlockingIOError:
            data = None
        except OSError:
            data = b""
        if data == b"":
            return self._close()
        if data:
            self._bytes += data
        try:
            while self._step():
                pass
        except OSError:
            return self._close()
        if self._closes:
            self._close()

    def _close(self):
        self._selector.unregister(self._connection)
        self._connection.close()

    def _step(self):
        if self._closes:
            return False
        return getattr(self, "_" + self._state)()

    def _line(self):
        end = self._bytes.find(b"\n")
        if end < 0:
            return None
        line = bytes(self._bytes[: end + 1])
        del self._bytes[: end + 1]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            self._record.faults.append(f"a line ends or breaks wrongly: {line[-80:]!r}")
        return line.rstrip(b"\r\n")

    def _head(self):
        end = self._bytes.find(b"\r\n\r\n")
        if end < 0:
            return False
        record = self._record = Record(len(self._vendor.records))
        self._vendor.records.append(record)
        lines = bytes(self._bytes[:end]).split(b"\r\n")
        del self._bytes[: end + 4]
        first = _LINE.fullmatch(lines[0])
        if not first:
            record.faults.append(f"the request line is {lines[0][:200]!r}")
            self._closes = True
            return False
        record.method, record.target, version = first.groups()
        for line in lines[1:]:
            parts = _FIELD.fullmatch(line)
            if not parts or not _VALUE.fullmatch(parts.group(2)):
                record.faults.append(f"a field line is {line[:200]!r}")
                continue
            record.fields.append(parts.groups())
        self._frame(record, version)
        record.is_early = bool(record.values(b"x-early")) and self._state != "head"
        if record.is_early:
            self._answer(record, isLast=True)
        if self._state == "head":
            self._end()
        return True

    def _frame(self, record, version):
        hosts, lengths = record.values(b"host"), record.values(b"content-length")
        codings = record.values(b"transfer-encoding")
        if version != b"HTTP/1.1":
            record.faults.append(f"the version is {version!r}")
        if len(hosts) != 1:
            record.faults.append(f"Host comes {len(hosts)} times")
        if len(lengths) > 1 or len(codings) > 1 or (lengths and codings):
            record.faults.append(f"the framing is {lengths!r} and {codings!r}")
        if codings:
            if codings[0].lower() != b"chunked":
                record.faults.append(f"the coding is {codings!r}")
            self._state = "size"
        elif lengths:
            if not lengths[0].isdigit():
                record.faults.append(f"the length is {lengths[0]!r}")
                self._closes = True
                return
            self._missing = int(lengths[0])
            if self._missing:
                self._state = "body"

    def _body(self):
        if not self._bytes:
            return False
        part = self._bytes[: self._missing]
        self._record.body += part
        self._missing -= len(part)
        del self._bytes[: len(part)]
        if self._missing == 0:
            self._end()
        return True

    def _size(self):
        line = self._line()
        if line is None:
            return False
        size = line.partition(b";")[0].strip()
        if not _SIZE.fullmatch(size):
            self._record.faults.append(f"a chunk's size is {line!r}")
            self._closes = True
            return False
        self._missing = int(size, 16)
        self._state = "chunk" if self._missing else "trailer"
        return True

    def _chunk(self):
        if len(self._bytes) < self._missing + 2:
            return False
        self._record.body += self._bytes[: self._missing]
        if self._bytes[self._missing : self._missing + 2] != b"\r\n":
            self._record.faults.append("a chunk is not followed by a line end")
            self._closes = True
            return False
        del self._bytes[: self._missing + 2]
        self._state = "size"
        return True

    def _trailer(self):
        line = self._line()
        if line is None:
            return False
        if line:
            self._record.trailers.append(line)
        else:
            self._end()
        return True

    def _end(self):
        self._record.is_whole = True
        self._state = "head"
        if not self._record.is_early:
            self._answer(self._record)

    def _answer(self, record, isLast=False):
        """Answers in one of several forms, told by the request's place in its case."""
        kind = record.serial % 4
        mark = b"X-Serial: %d\r\n" % record.serial
        body = b"seen %d" % record.serial
        if isLast:
            mark += b"X-Closes: 1\r\n"
        if record.method == b"HEAD":
            answer = b"HTTP/1.1 200 OK\r\n" + mark + b"Content-Length: 6\r\n\r\n"
        elif kind == 0:
            answer = b"HTTP/1.1 200 OK\r\n" + mark + b"Content-Length: %d\r\n\r\n" % len(body) + body
        elif kind == 1:
            answer = b"HTTP/1.1 201 Created\r\n" + mark + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body
            answer += b"\r\n0\r\n\r\n"
        elif kind == 2:
            answer = b"HTTP/1.1 200 OK\r\n" + mark + b"Content-Length: 0\r\n\r\n"
        else:
            answer = b"HTTP/1.1 204 No Content\r\n" + mark + b"\r\n"
        self._connection.send(answer)
