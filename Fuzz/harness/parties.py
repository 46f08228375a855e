"""The programs that the streams are sent to: the gateway, nginx and HAProxy, each before vendors of its own."""

import http.client
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass

from .streams import KEY

KEY_VARIABLE, TOKEN_VARIABLE = "TIMEGATE_FUZZ_KEY", "TIMEGATE_FUZZ_TOKEN"


class Failure(Exception):
    """Something did not run that has to."""


@dataclass
class Lane:
    """What one worker has for itself: a connection of the gateway's, and the ports that its streams go to."""

    name: bytes
    vendor_port: int  # the vendor behind the gateway
    nginx_vendor_port: int
    haproxy_vendor_port: int
    gateway_port: int = 0
    listener_port: int = 0
    nginx_port: int = 0
    haproxy_port: int = 0

    @property
    def host(self):
        return self.name + b".test"

    def port(self, way):
        return self.listener_port if way == "listener" else self.gateway_port


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Process:
    """One started program, its words kept in a file, ended by its own id."""

    def __init__(self, name, command, log, environment=None, user=None):
        self.name = name
        self.log = pathlib.Path(log)
        ownership = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        with open(self.log, "ab") as output:
            self._popen = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=environment,
                start_new_session=True, **ownership,
            )

    @property
    def pid(self):
        return self._popen.pid

    @property
    def is_alive(self):
        return self._popen.poll() is None

    def wait_until(self, is_ready, seconds=20):
        deadline = time.monotonic() + seconds
        while not is_ready():
            if not self.is_alive:
                raise Failure(f"{self.name} ended with {self._popen.returncode}:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise Failure(f"{self.name} did not serve within {seconds} s:\n{self.last_words()}")
            time.sleep(0.05)

    def last_words(self):
        return self.log.read_bytes()[-4000:].decode(errors="replace")

    def resident_bytes(self):
        try:
            return int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0

    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        except OSError:
            return 0

    def end(self):
        """Returns the exit status."""
        if self.is_alive:
            self._popen.terminate()
            try:
                self._popen.wait(20)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait(10)
        return self._popen.returncode


def is_healthy(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def start_gateway(binary, plugins, lanes, folder):
    [port] = free_ports(1)
    for lane, listener in zip(lanes, free_ports(len(lanes))):
        lane.gateway_port, lane.listener_port = port, listener
    names = ", ".join(lane.name.decode() for lane in lanes)
    config = folder / "timegate.yaml"
    # A JSON string is a YAML string, so that any path can stand in it.
    config.write_text(
        f"listen: 127.0.0.1:{port}\nplugins: {json.dumps(str(plugins))}\nstate: none\nconnections:\n"
        + "".join(_connection(lane) for lane in lanes)
        + f"keys:\n  - name: fuzz\n    token: {{ env: {KEY_VARIABLE} }}\n    connections: [{names}]\n"
        + "    scopes: [read, write, proxy]\n"
        + "    identity: { " + ", ".join(f'{lane.name.decode()}: {{ user_id: "8160" }}' for lane in lanes) + " }\n"
    )
    environment = dict(os.environ, SWIFT_BACKTRACE="enable=no")
    environment |= {KEY_VARIABLE: KEY.decode(), TOKEN_VARIABLE: "fuzz-token"}
    command = [binary, "serve", "--config", config, "--event-loops", "2", "--no-watch"]
    process = Process("timegate", command, folder / "timegate.log", environment)
    process.wait_until(lambda: is_healthy(port))
    return process


def _connection(lane):
    return f"""
  {lane.name.decode()}:
    plugin: productive
    origin: http://127.0.0.1:{lane.vendor_port}
    allow_private: true
    settings: {{ organization_id: "2055" }}
    secrets: {{ token: {{ env: {TOKEN_VARIABLE} }} }}
    limits: off
    proxy:
      credentials: client
      unreadable: pass
      listen: 127.0.0.1:{lane.listener_port}
      hosts: [{lane.host.decode()}]
"""


def start_nginx(lanes, folder):
    prefix = folder / "nginx"
    prefix.mkdir()
    for lane, port in zip(lanes, free_ports(len(lanes))):
        lane.nginx_port = port
    servers = "".join(
        f"""
    upstream {lane.name.decode()} {{ server 127.0.0.1:{lane.nginx_vendor_port}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{lane.nginx_port};
        location / {{ proxy_pass http://{lane.name.decode()}; }}
    }}
"""
        for lane in lanes
    )
    (prefix / "nginx.conf").write_text(_NGINX.replace("@SERVERS@", servers))
    user = None
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = (nobody.pw_uid, nobody.pw_gid)
        os.chown(prefix, *user)
    command = [_binary("nginx"), "-p", f"{prefix}/", "-c", "nginx.conf", "-e", "error.log"]
    process = Process("nginx", command, prefix / "output.log", user=user)
    process.wait_until(lambda: _accepts(lanes[-1].nginx_port))
    return process


# As it comes, but for sizes: what the gateway takes must not fail for want of room. `proxy_ignore_client_abort` and one
# try, since it is the reading that is compared.
_NGINX = """
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log crit;
events { worker_connections 1024; }
http {
    access_log off;
    client_max_body_size 0;
    client_header_buffer_size 16k;
    large_client_header_buffers 8 32k;
    client_header_timeout 10s;
    client_body_timeout 10s;
    keepalive_requests 1000000;
    lingering_time 1s;
    lingering_timeout 1s;
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_ignore_client_abort on;
    proxy_next_upstream off;
    proxy_read_timeout 10s;
@SERVERS@
}
"""


def start_haproxy(lanes, folder):
    for lane, port in zip(lanes, free_ports(len(lanes))):
        lane.haproxy_port = port
    parts = "".join(
        f"""
frontend {lane.name.decode()}
    bind 127.0.0.1:{lane.haproxy_port}
    default_backend {lane.name.decode()}_vendor
backend {lane.name.decode()}_vendor
    server vendor 127.0.0.1:{lane.haproxy_vendor_port}
"""
        for lane in lanes
    )
    config = folder / "haproxy.cfg"
    config.write_text(_HAPROXY + parts)
    process = Process("HAProxy", [_binary("haproxy"), "-db", "-q", "-f", config], folder / "haproxy.log")
    process.wait_until(lambda: _accepts(lanes[-1].haproxy_port))
    return process


# As it comes, but for sizes.
_HAPROXY = """
global
    nbthread 1
    tune.bufsize 65536
    tune.http.maxhdr 256
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
    timeout http-request 10s
    retries 0
"""


def _binary(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise Failure(f"{name} is not installed: `make fuzz-deps` installs it.")
    return found


def versions():
    nginx = subprocess.run([_binary("nginx"), "-v"], capture_output=True, text=True, timeout=10).stderr
    haproxy = subprocess.run([_binary("haproxy"), "-v"], capture_output=True, text=True, timeout=10).stdout
    return nginx.strip().partition("/")[2], haproxy.split()[2]
