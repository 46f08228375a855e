"""A steady trickle of calls, each on a connection of its own: so many a second, whatever becomes of them.

Arguments: port, path, key, calls per second, seconds, body file. The last line on standard output is one JSON object: how many
were begun, and how many ended with which status (0: none).
"""

import asyncio
import collections
import json
import sys


async def call(port, head, body, statuses):
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + body)
        line = await asyncio.wait_for(reader.readline(), 60)
        statuses[int(line.split()[1]) if line else 0] += 1
    except (OSError, ValueError, IndexError, asyncio.TimeoutError):
        statuses[0] += 1
    finally:
        if writer:
            writer.close()


async def main():
    port, path, key, rate, seconds, file = sys.argv[1:]
    with open(file, "rb") as text:
        body = text.read()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    statuses, tasks = collections.Counter(), []
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(int(float(rate) * float(seconds))):
        await asyncio.sleep(max(0, began + number / float(rate) - loop.time()))
        tasks.append(asyncio.create_task(call(int(port), head, body, statuses)))
    # Who still waits when the time is over is left alone.
    _, waiting = await asyncio.wait(tasks, timeout=0.5)
    for task in waiting:
        task.cancel()
    print(json.dumps({"begun": len(tasks), "waiting": len(waiting), "statuses": statuses}))


asyncio.run(main())
