"""What is measured: one gateway or proxy that runs, and how it is asked."""

import http.client
from dataclasses import dataclass, field

from . import job
from .processes import Process


@dataclass
class Answer:
    status: int
    headers: dict  # lower-case names
    body: bytes


@dataclass
class Party:
    name: str
    process: Process
    port: int
    path: str
    headers: dict
    body: bytes
    is_unified: bool
    upstream_path: str = job.NATIVE_PATH
    features: dict = field(default_factory=dict)  # name → "on", "off" or a word about it
    expected: bytes = b""  # the answer that the correctness phase found right
    is_exact: bool = True  # every right answer is `expected`, byte for byte
    upstream_length: int = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.path}"

    def post(self, body=None, headers=None, count=1):
        """Sends the same request `count` times over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            answers = []
            for _ in range(count):
                connection.request("POST", self.path, self.body if body is None else body, headers or self.headers)
                answers.append(_read(connection.getresponse()))
            return answers
        finally:
            connection.close()


def get(port, path, headers=None):
    """A GET, or None if nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=headers or {})
        return _read(connection.getresponse())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _read(response):
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def native_headers(token):
    return {"X-Auth-Token": token, "X-Organization-Id": job.ORGANIZATION, "Content-Type": job.NATIVE_TYPE}


def unified_headers(key):
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
