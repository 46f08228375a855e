"""Many clients at once, each with one open connection."""

import select
import socket


class Crowd:
    """Opens its connections where it is entered, and closes them where it is left."""

    def __init__(self, port, count):
        self._port = port
        self._count = count
        self.clients = []

    def __enter__(self):
        try:
            for number in range(self._count):
                # A gateway lets one address have a bounded number of connections.
                source = (f"127.0.0.{2 + number // 1000}", 0)
                self.clients.append(socket.create_connection(("127.0.0.1", self._port), 10, source))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.close()
        self.clients = []

    def answered(self):
        """How many were told something, or were closed."""
        poll = select.poll()
        for client in self.clients:
            poll.register(client, select.POLLIN)
        return len(poll.poll(0))
