"""Timegate under test: its configuration, its start, and which of its features were really on."""

import json
import os
import re

from . import job
from .party import Party, get, native_headers, unified_headers
from .processes import Process, free_ports

KEY_VARIABLE = "TIMEGATE_BENCH_KEY"
TOKEN_VARIABLE = "TIMEGATE_BENCH_TOKEN"
PROXY = "timegate, proxy"
UNREAD = "timegate, unread"


def configuration(port, admin_port, upstreams, plugins, state, hooks=(), own_plugins=None):
    """The `timegate.yaml`. A JSON string is a YAML string, so that any path can stand in it.

    `upstreams` has the port of each connection's vendor, `own_plugins` the plugins of those that have another one.
    """
    own_plugins = own_plugins or {}
    names = ", ".join(upstreams)
    return f"""listen: 127.0.0.1:{port}
admin: 127.0.0.1:{admin_port}
plugins: {json.dumps(str(plugins))}
state: {json.dumps(str(state or "none"))}
hooks: {json.dumps([str(hook) for hook in hooks])}
connections:
{"".join(_connection(name, port, own_plugins.get(name, "productive")) for name, port in upstreams.items())}
keys:
  - name: bench
    token: {{ env: {KEY_VARIABLE} }}
    connections: [{names}]
    scopes: [read, write]
    identity: {{ {", ".join(f'{name}: {{ user_id: "{job.USER}" }}' for name in upstreams)} }}
"""


def _connection(name, upstream_port, plugin):
    return f"""
  {name}:
    plugin: {plugin}
    origin: http://127.0.0.1:{upstream_port}
    allow_private: true
    settings: {{ organization_id: "{job.ORGANIZATION}" }}
    secrets: {{ token: {{ env: {TOKEN_VARIABLE} }} }}
    limits: off
    proxy: {{ credentials: client }}
"""


class Gateway:
    """A running gateway. `journal` gives it a state file, `others` further connections with their vendors' ports,
    `own_plugins` the plugins of some of them, `hooks` the operator's scripts."""

    def __init__(
        self, binary, arguments, plugins, upstream_port, token, key, core, folder, journal, others=None, hooks=(),
        name=None, own_plugins=None,
    ):
        name = name or ("timegate + journal" if journal else "timegate")
        self._key = key
        self._folder = folder / name.replace(" ", "-")
        self._folder.mkdir()
        port, self._admin_port = free_ports(2)
        self._state = self._folder / "timegate.db" if journal else None
        config = self._folder / "timegate.yaml"
        upstreams = {job.CONNECTION: upstream_port, **(others or {})}
        config.write_text(configuration(port, self._admin_port, upstreams, plugins, self._state, hooks, own_plugins))
        self.config = config
        environment = dict(os.environ, **{KEY_VARIABLE: key, TOKEN_VARIABLE: token})
        command = [binary, "serve", "--config", config, *arguments]
        # Standard output and error go to a file, as a service's do: that is where an access log costs what it costs.
        process = Process(name, command, core, self._folder / "output.log", environment)
        try:
            process.wait_until(lambda: _is_alive(port), 60)
        except BaseException:
            process.end()
            raise
        self.party = Party(
            name, process, port, job.UNIFIED_PATH, unified_headers(key), job.UNIFIED_REQUEST, is_unified=True
        )
        # The same process as a proxy: the vendor's own request with the client's own credentials, read on its way.
        self.proxy = Party(
            f"{name}, proxy" if journal else PROXY, process, port, f"/proxy/{job.CONNECTION}{job.NATIVE_PATH}",
            native_headers(token) | {"Timegate-Key": key}, job.NATIVE_REQUEST, is_unified=False,
        )
        # The same again to an address that the plugin has no operation for: passed on unread.
        self.unread = Party(
            UNREAD, process, port, f"/proxy/{job.CONNECTION}{job.UNREAD_PATH}",
            native_headers(token) | {"Timegate-Key": key}, job.NATIVE_REQUEST, is_unified=False,
            upstream_path=job.UNREAD_PATH,
        )
        self.proxy.features.update({"key check": "on", "read, checked, recorded": "on"})
        self.unread.features.update({"key check": "on"})
        self._metrics_before = {}
        self._logged = 0

    def before_load(self):
        self._metrics_before = self._metrics()
        self._empty_log()

    def after_phase(self):
        """Called after each wrk run: counts the log and empties it, so that it does not fill the disk."""
        self._empty_log()

    def note_features(self, answered):
        """Finds out what was on while `answered` requests were answered."""
        features = self.party.features
        logged = f"{self._logged / max(answered, 1):.0f} bytes per call"
        features["access log"] = _on(self._logged >= 20 * answered, logged)
        after = self._metrics()
        rise = max((value - self._metrics_before.get(name, 0) for name, value in after.items()), default=0)
        counted = f"{rise:.0f} of {answered} calls counted" if after else "no /metrics"
        features["metrics"] = _on(rise >= answered, counted)
        answer = self.party.post()[0]
        request_id = answer.headers.get("x-request-id")
        record = request_id and get(
            self.party.port, f"/v1/calls/{request_id}", {"Authorization": f"Bearer {self._key}"}
        )
        features["record"] = _on(bool(record) and record.status == 200, "no /v1/calls/{id}")
        stored = sum(file.stat().st_size for file in self._folder.glob("*.db*"))
        features["durable journal"] = f"on ({stored / 1e6:.1f} MB)" if stored else "off"

    def _empty_log(self):
        log = self.party.process.log
        self._logged += log.stat().st_size
        os.truncate(log, 0)

    def _metrics(self):
        answer = get(self._admin_port, "/metrics")
        if not answer or answer.status != 200:
            return {}
        samples = re.findall(r"^([^#\s].*?)\s+([0-9.eE+]+)(?:\s+\d+)?$", answer.body.decode(errors="replace"), re.M)
        return {name: float(value) for name, value in samples}


def _is_alive(port):
    answer = get(port, "/livez")
    return answer is not None and answer.status == 200


def _on(is_on, otherwise):
    return "on" if is_on else f"off ({otherwise})"
