"""nginx from a prefix of its own: unprivileged, in the foreground, one worker."""

import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess

from .failure import Failure
from .job import BENCHMARKS
from .processes import Process


def binary():
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise Failure("nginx is not installed: run Benchmarks/install.")
    return found


def version():
    return _build_words().splitlines()[0].partition("nginx/")[2] or "unknown"


def _build_words():
    return subprocess.run([binary(), "-V"], capture_output=True, text=True, timeout=10).stderr


def modules_folder():
    found = re.search(r"--modules-path=(\S+)", _build_words())
    folder = pathlib.Path(found.group(1) if found else "/usr/lib/nginx/modules")
    if not (folder / "ngx_http_lua_module.so").exists():
        raise Failure(f"{folder} has no ngx_http_lua_module.so: run Benchmarks/install.")
    return folder


def start(name, template, values, port, core, folder):
    """Starts nginx with `peers/<template>`, its `@NAME@` replaced by `values`, and waits until it takes connections."""
    prefix = folder / name
    prefix.mkdir()
    lua = prefix / "lua"
    lua.mkdir()
    for script in (BENCHMARKS / "peers").glob("*.lua"):
        shutil.copyfile(script, lua / script.name)
    text = (BENCHMARKS / "peers" / template).read_text()
    for key, value in {**values, "PORT": port, "LUA": lua}.items():
        text = text.replace(f"@{key}@", str(value))
    if left := re.search(r"@[A-Z_]+@", text):
        raise Failure(f"peers/{template}: nothing is known for {left.group()}.")
    (prefix / "nginx.conf").write_text(text)

    user = None
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = (nobody.pw_uid, nobody.pw_gid)
        os.chown(prefix, *user)
    command = [binary(), "-p", f"{prefix}/", "-c", "nginx.conf", "-e", "error.log"]
    process = Process(name, command, core, prefix / "output.log", user=user)
    try:
        process.wait_until(lambda: accepts(port))
    except BaseException:
        process.end()
        raise
    return process


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False
