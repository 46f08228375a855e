"""Processes of the benchmark: started pinned to a core, measured, and ended by their own id."""

import os
import pathlib
import signal
import socket
import subprocess
import time

from .failure import Failure

_TICK = os.sysconf("SC_CLK_TCK")


def free_ports(count):
    """Ports that the kernel just gave, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Process:
    """One started program with its children, pinned to one core, its words kept in a file."""

    def __init__(self, name, command, core, log, environment=None, user=None):
        self.name = name
        self.log = pathlib.Path(log)
        ownership = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        # O_APPEND, so that the file can be emptied between phases while the program writes on.
        with open(self.log, "ab") as output:
            self._popen = subprocess.Popen(
                ["taskset", "-c", str(core), *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
                **ownership,
            )

    @property
    def pid(self):
        return self._popen.pid

    def wait_until(self, is_ready, seconds=15):
        """Waits until `is_ready()`; fails if the program ends before, or is late."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self._popen.poll() is not None:
                raise Failure(f"{self.name} ended with {self._popen.returncode} before it served:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise Failure(f"{self.name} did not serve within {seconds} s:\n{self.last_words()}")
            time.sleep(0.05)

    def check_alive(self):
        if self._popen.poll() is not None:
            raise Failure(f"{self.name} ended with {self._popen.returncode}:\n{self.last_words()}")

    def last_words(self):
        texts = [self.log, self.log.parent / "error.log"]
        words = [text.read_bytes()[-1500:].decode(errors="replace") for text in texts if text.exists()]
        return "\n".join(word for word in words if word.strip()) or "(it said nothing)"

    def cpu_seconds(self):
        """User + system time of the program, all its threads and all its descendants, so far."""
        return sum(_cpu_ticks(pid) for pid in _tree(self.pid)) / _TICK

    def resident_bytes(self):
        return sum(_resident(pid) for pid in _tree(self.pid))

    def proportional_bytes(self):
        """Memory in which each page that several processes share counts for each with its part (`Pss` of proc(5))."""
        return sum(_proportional(pid) for pid in _tree(self.pid))

    def end(self):
        if self._popen.poll() is None:
            self._popen.terminate()
            try:
                self._popen.wait(10)
            except subprocess.TimeoutExpired:
                # The session is this program's own: nobody else's process is in its group.
                os.killpg(self.pid, signal.SIGKILL)
                self._popen.wait(10)


def core_busy_seconds(core):
    """Time that a core was not idle, whoever used it, since the machine started."""
    with open("/proc/stat") as table:
        for line in table:
            fields = line.split()
            if fields[0] == f"cpu{core}":
                user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[1:9])
                return (user + nice + system + irq + softirq + steal) / _TICK
    raise Failure(f"/proc/stat has no core {core}.")


def _tree(root):
    pids, rest = [], [root]
    while rest:
        pid = rest.pop()
        pids.append(pid)
        try:
            for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                rest += map(int, children.read_text().split())
        except OSError:
            continue
    return pids


def _cpu_ticks(pid):
    try:
        # The name in parentheses may hold spaces; utime, stime are fields 14, 15, cutime, cstime 16, 17 (proc(5)).
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))


def _resident(pid):
    try:
        return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _proportional(pid):
    try:
        words = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in words.splitlines() if line.startswith("Pss:"))
