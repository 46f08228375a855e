"""A recording upstream: takes the port that the fast one gets later, and keeps what each request really was."""

import http.server
import socket
import threading
from dataclasses import dataclass

from . import job


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: list  # of (name, value), as they came
    body: bytes

    def header(self, name):
        """The one value of a header; None if it is absent or comes more than once."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if len(values) == 1 else None


class Recorder(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port):
        self._requests = []
        self._count = 0
        self._lock = threading.Lock()
        self._accepted = []
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def get_request(self):
        connection, address = super().get_request()
        self._accepted.append(connection)
        return connection, address

    def record(self, request):
        with self._lock:
            self._requests.append(request)

    def next_number(self):
        with self._lock:
            self._count += 1
            return self._count

    def taken(self):
        """The requests since the last call, in order."""
        with self._lock:
            requests, self._requests = self._requests, []
            return requests

    def handle_error(self, request, client_address):
        pass  # A peer that closes its kept connection is no fault.

    def close(self):
        self.shutdown()
        self._thread.join()
        for connection in self._accepted:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def _answer(self):
        body = self._body()
        self.server.record(Request(self.command, self.path, list(self.headers.items()), body))
        answer = job.answer_numbered(self.server.next_number())
        head = (
            "HTTP/1.1 201 Created\r\n"
            f"Content-Type: {job.NATIVE_TYPE}; charset=utf-8\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def log_message(self, *_):
        pass
