"""A vendor that takes every connection and request, and never answers. Argument: its port."""

import selectors
import socket
import sys

selector = selectors.DefaultSelector()
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096)
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            connection, _ = listener.accept()
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
            continue
        try:
            heard = key.fileobj.recv(65536)
        except OSError:
            heard = b""
        if not heard:
            selector.unregister(key.fileobj)
            key.fileobj.close()
