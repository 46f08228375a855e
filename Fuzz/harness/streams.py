"""What a client sends: one to four requests on one connection, right ones first, then changed at random.

A stream follows from its seed and number alone, so that every case can be made again.
"""

import random
from dataclasses import dataclass, field

KEY = b"tgk_fuzz_0123456789abcdef0123456789abcdef"

_METHODS = [b"GET", b"GET", b"POST", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"REPORT", b"M-SEARCH"]
_ODD_METHODS = [
    b"get", b"Get", b"TRACE", b"TRACK", b"CONNECT", b"PRI", b"G ET", b"", b"GET\0", b"GET\t", b"GE\x7fT", b"A" * 24,
    b"A" * 25, b"POST1", b"_GET", b"MKCOL_X", b"\x16\x03\x01", b"GET,", b"(GET)",
]
_VERSIONS = [
    b"HTTP/1.0", b"HTTP/1.2", b"HTTP/0.9", b"HTTP/2.0", b"http/1.1", b"HTTP/1.1x", b"HTTP/01.1", b"HTTP/1.01",
    b"HTTP/11",
    b"HTTP/1.1 ", b"HTTP/1.1\t", b" HTTP/1.1", b"HTTP/1,1", b"HTTP /1.1", b"", b"ICAP/1.0", b"HTTP/1.1\0", b"RTSP/1.0",
]
_LINE_ENDS = [b"\n", b"\r", b"\r\r\n", b"\r\n ", b"\r\n\t", b"\n\r", b"\0\r\n", b" \r\n", b"\t\r\n", b"\x0b\r\n", b""]
_AFTER_NAME = [b" :", b"\t:", b":", b"::", b"", b"\0:", b" ", b";", b"\r\n:", b"\x0b:"]
_BEFORE_VALUE = [b"", b" ", b"\t", b"  ", b" \t ", b"\x0b", b"\x0c", b"\xa0", b"\r\n ", b"\0"]
_LENGTHS = [
    b"+%d", b"0%d", b"00000000%d", b"%d, %d", b"%d,%d", b"%d %d", b"0x%d", b"-%d", b"", b"%d;a", b"%d.0", b"%de0",
    b" %d", b"%d ",
    b"%d\t", b"\t%d", b"99999999999999999999", b"18446744073709551616", b"9223372036854775808", b"4294967296",
    b"\"%d\"", b"%d\0",
    b"%d\x0b", b"1_0",
]
_CODINGS = [
    b"chunked", b"Chunked", b"CHUNKED", b"chunked, identity", b"identity, chunked", b"gzip, chunked", b"chunked, gzip",
    b"chunked,chunked", b"identity", b"xchunked", b"chunked;q=1", b"\"chunked\"", b"chunked,", b",chunked", b" chunked",
    b"chunked ", b"\tchunked", b"chunked\t", b"\x0bchunked", b"chun ked", b"chunke", b"", b"chunked\0", b"cow",
    b"trailers",
]
_HOSTS = [
    b"gateway.test", b"gateway.test:8080", b"GATEWAY.test", b"", b"a b", b"a,b", b"a@b", b"a:", b"a:b", b"a:99999",
    b"a:123456", b"[::1]",
    b"[::1]:80", b"[::1", b"::1", b"[v1.a]", b"a/b", b"a?b", b"a#b", b"a\\b", b"a%41", b"a_b", b"a~b", b"a!b",
    b"127.0.0.1", b"1.2.3.4:5",
    b".", b"a..b", b"-a", b"a;b", b"\xc3\xa9", b"a:0", b"a:080", b"[::ffff:1.2.3.4]", b"[:]", b"[1]", b"[]", b"a" * 300,
    b"a b:80", b"http://a", b"a:80:80",
]
_CONNECTIONS = [
    b"close", b"keep-alive", b"Close", b"keep-alive, close", b"close, keep-alive", b"X-A", b"x-a, keep-alive", b"",
    b",", b"close,,",
    b"Host", b"Content-Length", b"Transfer-Encoding", b"upgrade", b"Timegate-Key", b"cookie", b"close\t", b"clo se",
    b"closed",
    b"Proxy-Connection", b"te", b"trailer", b"content-type", b"X-B\x0b", b"a" * 200,
]
_FIELDS = [
    (b"Accept", b"*/*"), (b"User-Agent", b"fuzz/1"), (b"X-A", b"one"), (b"X-A", b"two"), (b"X-Empty", b""), (b"Cookie",
    b"a=b; c=d"),
    (b"Content-Type", b"application/json"), (b"Content-Type", b"application/vnd.api+json"), (b"Authorization",
    b"Bearer abc"),
    (b"Accept-Encoding", b"gzip"), (b"x_under", b"u"), (b"!#$%&'*+-.^_`|~", b"odd"), (b"X-Long", b"l" * 900), (b"Te",
    b"trailers"),
    (b"Keep-Alive", b"timeout=5"), (b"Proxy-Connection", b"keep-alive"), (b"If-Match", b"\"x\""), (b"X-Tab", b"a\tb"),
    (b"Via", b"1.1 a"),
    (b"X-Forwarded-For", b"1.2.3.4"), (b"X-Http-Method-Override", b"DELETE"), (b"Range", b"bytes=0-1"),
    (b"Max-Forwards", b"0"),
    (b"Idempotency-Key", b"7f9c2b1e-0d3a-4c57-9b7e-2f1a8c9d0e11"), (b"X-Colon", b"a: b: c"), (b"Timegate-Connection",
    b"other"),
    (b"Proxy-Authorization", b"Basic YTpi"), (b"Transfer_Encoding", b"chunked"), (b"Content_Length", b"3"),
    (b"Upgrade", b"h2c"),
    (b"X-High", b"\xc3\xa9"), (b"Http2-Settings", b"AAMAAABkAARAAAAAAAIAAAAA"), (b"Expect", b"100-continue"),
    (b"Expect", b"200-ok"),
    (b"X-Early", b"1"),
]
_PATHS = [
    b"/api/v2/projects", b"/x", b"/", b"", b"/a%20b", b"/a/b/c?d=e&f[g]=h", b"/?", b"/x?y=%2f%00",
    b"/api/v2/time_entries",
    b"/api/v2/time_entries/1", b"/a;b=c", b"/%C3%A9", b"/x?http://a/", b"/a+b", b"/%7e", b"/...", b"/x?a=/../b",
]
_ODD_PATHS = [
    b"/../x", b"/./x", b"/a/..", b"/%2e%2e/x", b"/a%2fb", b"/a%5cb", b"/a\\b", b"//x", b"/a//b", b"/%00",
    b"/a%0d%0aX:1", b"/%252f", b"/a%",
    b"/a%zz", b"/#f", b"/x#", b"/\xc3\xa9", b"/a\x7f", b"/a\tb", b"/a b", b"/" + b"a" * 5000, b"/" + b"a" * 9000,
    b"/;..", b"/..;/x", b"/\"",
    b"/<>", b"/{x}", b"/a|b", b"/a^b", b"/`", b"/x?\xff", b"/x?a#b", b"/x?a b",
]
_SIZES = [
    b"0%x", b"000%x", b"0x%x", b"+%x", b"-%x", b" %x", b"%x ", b"%x\t", b"%x;", b"%x;a", b"%x;a=b", b"%x;a=\"b\"",
    b"%x;a=\"b", b"%x ;a",
    b"%x; a", b"%x;a;b", b"%x;a =b", b"%x;\0", b"%x;a\nb", b"%x,1", b"%xg", b"", b"ffffffffffffffff%x", b"100000000%x",
    b"00000000%x",
    b"%x;a=\"\\\"\"", b"%x\x0b", b"%x;" + b"a" * 300, b"%x=a", b"%x;=", b"%x;a=", b"%x;\xff",
]
_TRAILERS = [
    b"X-T: u", b"Content-Length: 3", b"Host: b", b"X-T : u", b" X-T: u", b"X-T", b": u", b"X-T: a\0",
    b"Transfer-Encoding: chunked", b"X-T:",
    b"Timegate-Key: x", b"X_T: u", b"Authorization: a", b"X-T: \xff",
]
_PIECES = [
    b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b";", b",", b"0", b"1", b"A", b"f", b"x", b"-", b"_", b"%", b"/", b"?",
    b"#", b"\"", b"=", b"\0",
    b"\x0b", b"\x7f", b"\x80", b"\xff", b"\xc3\xa9", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Host: b\r\n",
    b"Connection: keep-alive\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"chunked", b", ", b"HTTP/1.1", b"HTTP/1.0", b" \r\n",
    b"\r\n ", b"3\r\nabc\r\n",
    b"Connection: close\r\n", b"Expect: 100-continue\r\n",
]


@dataclass
class Request:
    """One request in parts, so that each can be changed without touching the rest."""

    method: bytes = b"GET"
    target: bytes = b"/"
    version: bytes = b"HTTP/1.1"
    spaces: list = field(default_factory=lambda: [b" ", b" "])
    before: bytes = b""
    # Each [name, what separates, space, value, line end].
    fields: list = field(default_factory=list)
    first_end: bytes = b"\r\n"
    head_end: bytes = b"\r\n"
    body: bytes = b""
    chunks: list = None  # Of [size line, data, line end]; None where the body has a length or there is none.
    trailers: list = field(default_factory=list)
    last: bytes = b"0\r\n"
    end: bytes = b"\r\n"
    after: bytes = b""
    path: bytes = b"/"

    def add(self, name, value):
        self.fields.append([name, b":", b" ", value, b"\r\n"])

    def named(self, name):
        return [one for one in self.fields if one[0].lower() == name]

    def bytes(self):
        line = self.method + self.spaces[0] + self.target + self.spaces[1] + self.version
        first = self.before + line + self.first_end
        head = first + b"".join(b"".join(one) for one in self.fields) + self.head_end
        if self.chunks is None:
            return head + self.body + self.after
        chunked = b"".join(size + b"\r\n" + data + end for size, data, end in self.chunks)
        trailers = b"".join(line + b"\r\n" for line in self.trailers)
        return head + chunked + self.last + trailers + self.end + self.after


@dataclass
class Stream:
    """What one connection brings, and how."""

    number: int
    parts: list  # Bytes of each request.
    way: str  # path, host, listener, absolute
    end: str  # half: closed for sending at the end; reset: broken off; wait: each request after the answer to the last
    cuts: list  # Where the bytes are cut for sending.
    expected: list = None  # (method, path, body) of each where nothing was changed.

    @property
    def bytes(self):
        return b"".join(self.parts)


def make(seed, number, lane):
    dice = random.Random(f"{seed}/{number}")
    way = dice.choice(["path", "path", "host", "listener", "absolute"])
    count = dice.choices([1, 2, 3, 4], [5, 3, 2, 1])[0]
    requests = [_request(dice, lane, way, f"{number}.{index}".encode()) for index in range(count)]
    changes = dice.choices([0, 1, 2, 3, 5], [3, 9, 5, 2, 1])[0]
    is_plain = changes == 0
    raw_changes = 0
    for _ in range(changes):
        if dice.random() < 0.25:
            raw_changes += 1
        else:
            _change(dice, dice.choice(requests), lane)
    parts = [request.bytes() for request in requests]
    for _ in range(raw_changes):
        place = dice.randrange(len(parts))
        parts[place] = _scramble(dice, parts[place])
    length = sum(map(len, parts))
    end = dice.choices(["half", "wait", "reset"], [16, 2, 2])[0]
    cuts = []
    if length < 400 and dice.random() < 0.03:
        cuts = list(range(1, length))
    elif dice.random() < 0.5:
        cuts = sorted(dice.randrange(1, length) for _ in range(dice.randint(1, 4))) if length > 1 else []
    if end == "reset":
        # The rest is never sent.
        length = dice.randint(1, max(1, length))
        whole = b"".join(parts)[:length]
        parts, cuts = [whole], [cut for cut in cuts if cut < length]
    expected = None
    if is_plain and end != "reset":
        expected = [(request.method, request.path, _payload(request)) for request in requests]
    return Stream(number, parts, way, end, cuts, expected)


def _payload(request):
    if request.chunks is None:
        return request.body
    return b"".join(data for _, data, _ in request.chunks)


def _request(dice, lane, way, mark):
    request = Request(method=dice.choice(_METHODS))
    path = dice.choice(_PATHS)
    glue = b"&" if b"?" in path else b"?"
    path = path + glue + b"c=" + mark
    _aim(request, lane, way, path, dice)
    request.add(b"Timegate-Key", KEY)
    for _ in range(dice.choice([0, 0, 1, 2, 4])):
        name, value = dice.choice(_FIELDS[:23])
        request.add(name, value)
    if dice.random() < 0.02:
        for index in range(dice.choice([20, 90, 120])):
            request.add(b"X-%d" % index, b"v" * dice.choice([1, 100]))
    if dice.random() < 0.1:
        request.add(b"Connection", dice.choice(_CONNECTIONS[:7]))
    if dice.random() < 0.06:
        request.version = b"HTTP/1.0"
        if dice.random() < 0.5:
            request.add(b"Connection", b"keep-alive")
    _bring(dice, request, path)
    if dice.random() < 0.05:
        request.before = dice.choice([b"\r\n", b"\r\n\r\n"])
    dice.shuffle(request.fields)
    return request


def _aim(request, lane, way, path, dice):
    """Sets the target and Host so that the request reaches the lane's vendor."""
    request.path = path if path.startswith(b"/") else b"/" + path
    host = b"gateway.test"
    if way == "path":
        request.target = b"/proxy/" + lane.name + path
    elif way == "host":
        request.target, host = request.path, lane.host
    elif way == "listener":
        request.target = request.path
    else:
        authority = b"127.0.0.1:%d" % lane.vendor_port
        request.target = dice.choice([b"http://", b"http://", b"HTTP://"]) + authority + path
        host = authority
    request.add(b"Host", host)


def _bring(dice, request, path):
    """A body, or none."""
    brings = request.method in (b"POST", b"PUT", b"PATCH", b"REPORT") or dice.random() < 0.05
    if not brings or request.method in (b"HEAD",):
        return
    size = dice.choices([0, 1, 3, 40, 400, 5000, 70000, 400000], [3, 4, 8, 8, 4, 2, 1, 0.15])[0]
    kind = dice.random()
    if kind < 0.3:
        # What would be another request if the lengths were read otherwise.
        body = b"GET /smuggled HTTP/1.1\r\nHost: gateway.test\r\nX-Smuggled: 1\r\n\r\n"
    elif kind < 0.5:
        body = b'{"data":{"type":"time_entries","attributes":{"note":"' + b"n" * min(size, 300) + b'"}}}'
    else:
        body = bytes(dice.choice(b"abc\r\n0 {}\xff\0") for _ in range(min(size, 40))) * max(1, size // 40)
        body = body[:size]
    if path.startswith(b"/api/v2/time_entries") and dice.random() < 0.7:
        request.add(b"Content-Type", b"application/vnd.api+json")
    if request.version == b"HTTP/1.1" and dice.random() < 0.5:
        request.add(b"Transfer-Encoding", b"chunked")
        request.chunks = []
        while body:
            count = min(len(body), dice.choice([1, 3, 10, 100, 5000, 70000]))
            if len(request.chunks) > 60:
                count = len(body)
            request.chunks.append([b"%x" % count, body[:count], b"\r\n"])
            body = body[count:]
        if dice.random() < 0.1:
            request.trailers.append(b"X-T: u")
            request.add(b"Trailer", b"X-T")
    else:
        request.body = body
        request.add(b"Content-Length", b"%d" % len(body))
    if dice.random() < 0.04:
        request.add(b"Expect", b"100-continue")
    if dice.random() < 0.04:
        request.add(b"X-Early", b"1")


def _change(dice, request, lane):
    """One change to one part of a request."""
    while not dice.choice(_CHANGES)(dice, request, lane):
        pass


def _change_method(dice, request, _):
    request.method = dice.choice(_ODD_METHODS + _METHODS)
    return True


def _change_target(dice, request, lane):
    kind = dice.randrange(7)
    path = dice.choice(_ODD_PATHS + _PATHS)
    if kind == 0:
        request.target = request.target.partition(b"?")[0] + path
    elif kind == 1:
        request.target = b"/proxy/" + lane.name + path
    elif kind == 2:
        authority = b"127.0.0.1:%d" % lane.vendor_port
        form = dice.choice([
            b"http://%s%s", b"https://%s%s", b"http:/%s%s", b"http:%s%s", b"//%s%s", b"http://u@%s%s", b"ftp://%s%s",
            b"http://%s@evil%s",
            b"http://%s.%s", b"http://%s?%s", b"http://%s#%s", b"http:///%s%s", b"%s%s", b"http://%s\\%s",
            b"http://%s %s",
        ])
        request.target = form % (authority, path)
    elif kind == 3:
        request.target = dice.choice([b"*", b"", b"?", b"x", b"/livez", b"/v1/connections", b"/proxy", b"/proxy/",
            b"/proxy/other", b"/readyz"])
    elif kind == 4:
        host = dice.choice(_HOSTS)
        request.target = b"http://" + host + path
    elif kind == 5:
        place = dice.randint(0, len(request.target))
        request.target = request.target[:place] + dice.choice(_PIECES) + request.target[place:]
    else:
        request.target = dice.choice([b"http://api.productive.io", b"http://API.productive.io:443",
            b"https://api.productive.io"]) + path
        request.add(b"Timegate-Connection", lane.name)
    return True


def _change_version(dice, request, _):
    request.version = dice.choice(_VERSIONS)
    return True


def _change_first_line(dice, request, _):
    kind = dice.randrange(4)
    if kind == 0:
        request.spaces[dice.randrange(2)] = dice.choice([b"  ", b"\t", b"", b" \t", b"\x0b", b"\r\n ", b"\xa0"])
    elif kind == 1:
        request.before = dice.choice([b"\r\n", b"\r\n\r\n", b"\r\n\r\n\r\n", b"\n", b"\r", b" ", b"\0", b"\t\r\n",
            b"\r\r\n", b"\xef\xbb\xbf"])
    elif kind == 2:
        request.first_end = dice.choice(_LINE_ENDS)
    else:
        request.head_end = dice.choice(_LINE_ENDS + [b"\n\n", b"\r\n\r\n"])
    return True


def _change_field(dice, request, _):
    if not request.fields:
        return False
    one = dice.choice(request.fields)
    kind = dice.randrange(8)
    if kind == 0:
        one[1] = dice.choice(_AFTER_NAME)
    elif kind == 1:
        one[2] = dice.choice(_BEFORE_VALUE)
    elif kind == 2:
        one[4] = dice.choice(_LINE_ENDS)
    elif kind == 3:
        one[0] = dice.choice([one[0].upper(), one[0].replace(b"-", b"_"), one[0] + b"\0", b" " + one[0],
            one[0] + b"\x80", one[0][:-1], b""])
    elif kind == 4:
        place = dice.randint(0, len(one[3]))
        one[3] = one[3][:place] + dice.choice(_PIECES) + one[3][place:]
    elif kind == 5:
        request.fields.append(list(one))
    elif kind == 6:
        request.fields.remove(one)
    else:
        one[3] += dice.choice([b" ", b"\t", b" \t", b"\x0b", b"\0", b",", b";"])
    return True


def _add_field(dice, request, _):
    name, value = dice.choice(_FIELDS)
    request.fields.insert(dice.randint(0, len(request.fields)), [name, b":", b" ", value, b"\r\n"])
    return True


def _change_host(dice, request, _):
    hosts = request.named(b"host")
    if hosts and dice.random() < 0.7:
        hosts[0][3] = dice.choice(_HOSTS)
    else:
        request.add(b"Host", dice.choice(_HOSTS))
    return True


def _change_connection(dice, request, _):
    request.add(dice.choice([b"Connection", b"connection", b"Proxy-Connection"]), dice.choice(_CONNECTIONS))
    return True


def _change_length(dice, request, _):
    lengths = request.named(b"content-length")
    count = len(request.body) if request.chunks is None else dice.choice([0, 3, 5])
    kind = dice.randrange(4)
    if kind == 0:
        value = b"%d" % max(0, count + dice.choice([-3, -1, 1, 2, 50]))
    else:
        form = dice.choice(_LENGTHS)
        value = form % ((count,) * form.count(b"%d")) if b"%d" in form else form
    if lengths and dice.random() < 0.7:
        lengths[0][3] = value
    else:
        request.fields.insert(dice.randint(0, len(request.fields)), [b"Content-Length", b":", b" ", value, b"\r\n"])
    return True


def _change_coding(dice, request, _):
    codings = request.named(b"transfer-encoding")
    if codings and dice.random() < 0.7:
        codings[0][3] = dice.choice(_CODINGS)
    else:
        request.fields.insert(dice.randint(0, len(request.fields)), [b"Transfer-Encoding", b":", b" ",
            dice.choice(_CODINGS), b"\r\n"])
    return True


def _change_chunks(dice, request, _):
    if request.chunks is None:
        return False
    kind = dice.randrange(7)
    if kind == 0 or not request.chunks:
        request.last = dice.choice([
            b"00\r\n", b"000000000\r\n", b"0;a\r\n", b"0\n", b"0 \r\n", b"", b"0\r", b"-0\r\n", b"0x0\r\n",
            b"0;a=\"b\"\r\n", b"0\r\n0\r\n",
        ])
    elif kind <= 2:
        chunk = dice.choice(request.chunks)
        form = dice.choice(_SIZES)
        chunk[0] = form.replace(b"%x", b"%x" % len(chunk[1]))
    elif kind == 3:
        chunk = dice.choice(request.chunks)
        chunk[0] = b"%x" % max(0, len(chunk[1]) + dice.choice([-2, -1, 1, 2, 16]))
    elif kind == 4:
        dice.choice(request.chunks)[2] = dice.choice([b"\n", b"\r", b"", b"\r\n\r\n", b" \r\n", b"\n\r", b"a\r\n"])
    elif kind == 5:
        request.trailers.append(dice.choice(_TRAILERS))
    else:
        request.end = dice.choice([b"\n", b"\r", b"", b"\r\n\r\n", b"\r\r\n", b" \r\n"])
    return True


def _change_body(dice, request, _):
    kind = dice.randrange(3)
    if kind == 0:
        request.after = dice.choice([b"\r\n", b"x", b"0\r\n\r\n", b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", b"\0",
            b" "])
    elif kind == 1 and request.body:
        request.body = request.body[: dice.randrange(len(request.body))]
    elif kind == 2:
        request.body += dice.choice([b"a", b"\r\n", b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"])
    else:
        return False
    return True


_CHANGES = [
    _change_method, _change_target, _change_target, _change_version, _change_first_line, _change_first_line,
    _change_field, _change_field,
    _change_field, _add_field, _add_field, _change_host, _change_connection, _change_length, _change_length,
    _change_coding, _change_coding,
    _change_chunks, _change_chunks, _change_chunks, _change_body,
]


def _scramble(dice, data):
    """One change to bytes, whatever they mean."""
    place = dice.randint(0, len(data))
    kind = dice.randrange(5)
    if kind == 0:
        return data[:place] + dice.choice(_PIECES) + data[place:]
    if kind == 1:
        return data[:place] + data[place + dice.randint(1, 3) :]
    if kind == 2:
        return data[:place] + data[place : place + dice.randint(1, 40)] + data[place:]
    if kind == 3:
        return data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
    piece = dice.choice(_PIECES)
    return data[:place] + piece + data[place + len(piece) :]
