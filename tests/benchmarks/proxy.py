"""A proxy that makes every round trip to the database a millisecond longer."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

DELAY = 0.001  # seconds
CHUNK = 65536


async def _forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float
) -> None:
    while chunk := await reader.read(CHUNK):
        if delay:
            await asyncio.sleep(delay)
        writer.write(chunk)
        await writer.drain()
    writer.close()


async def _main(pipe: Connection, host: str, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if host.startswith("/"):
            there = await asyncio.open_unix_connection(host)
        else:
            there = await asyncio.open_connection(host, port)
        await asyncio.gather(_forward(reader, there[1], DELAY), _forward(there[0], writer, 0))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _run(pipe: Connection, host: str, port: int) -> None:
    asyncio.run(_main(pipe, host, port))


@contextmanager
def proxy(host: str, port: int) -> Iterator[int]:
    """A port on this machine that leads to ``host``, a name or the path of a socket."""
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    process = context.Process(target=_run, args=(other, host, port), daemon=True)
    process.start()
    try:
        yield pipe.recv()
    finally:
        process.terminate()
        process.join(10)
