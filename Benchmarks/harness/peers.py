"""What Timegate is measured beside."""

from . import job, nginx
from .party import Party, native_headers, unified_headers
from .processes import free_ports
from .report import PLAIN, REFERENCE


def plain(upstream_port, token, core, folder):
    """nginx, which passes the vendor's own request on unread."""
    [port] = free_ports(1)
    process = nginx.start("plain", "plain.conf", {"UPSTREAM_PORT": upstream_port}, port, core, folder)
    return Party(PLAIN, process, port, job.NATIVE_PATH, native_headers(token), job.NATIVE_REQUEST, False)


def lua(upstream_port, token, key, core, folder):
    """nginx with the same job by hand."""
    [port] = free_ports(1)
    values = {
        "UPSTREAM_PORT": upstream_port,
        "MODULES": nginx.modules_folder(),
        "KEY": key,
        "TOKEN": token,
        "CONNECTION": job.CONNECTION,
        "ORGANIZATION": job.ORGANIZATION,
    }
    process = nginx.start("lua", "lua.conf", values, port, core, folder)
    return Party(REFERENCE, process, port, job.UNIFIED_PATH, unified_headers(key), job.UNIFIED_REQUEST, True)
