"""Links to servers that can be made bad: a TCP proxy stands before each, in a process of its own, so
that the load shares no interpreter with it. The server itself listens behind it, and at the door of
whoever stands beside it. As in support/tcp_proxy.h.

Thread rule: one thread.
"""

import asyncio
import contextlib
import multiprocessing
import random

from redis_network import FRONT, GUEST

BEHIND = "127.0.0.4"  # where servers listen for their proxies
SLOW = "127.0.0.5"  # where a server dials from whose link can be slow
PIECE_BYTES = 64 << 10
MOST_PIECES = 256  # on their way
REPETITION_S = 0.2  # of a piece that was lost


class ProxiedLinks:
    """Use with `with`, before any thread is started."""

    def __init__(self, ports):
        context = multiprocessing.get_context("fork")
        self._orders, orders = context.Pipe()
        self._process = context.Process(target=_run, args=(ports, orders), daemon=True)

    def __enter__(self):
        self._process.start()
        self._orders.recv()  # all listen
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.join()

    def worsen(self, port, delay_s, jitter_s, loss):
        """What goes to that server, or comes from it, comes late from now on, a share of the pieces
        as late as if they had been lost."""
        self._orders.send(("worsen", port, (delay_s, jitter_s, loss)))

    def slow_down(self, bytes_per_second):
        """What goes to the server that dials from SLOW, from now on."""
        self._orders.send(("slow_down", None, bytes_per_second))

    def heal(self):
        self._orders.send(("heal", None, None))


class _State:
    def __init__(self):
        self.bad = {}
        self.rate = None

    def obey(self, order):
        kind, port, value = order
        if kind == "worsen":
            self.bad[port] = value
        elif kind == "slow_down":
            self.rate = value
        else:
            self.bad.clear()
            self.rate = None

    def lateness_s(self, port):
        delay_s, jitter_s, loss = self.bad.get(port, (0, 0, 0))
        lost = REPETITION_S if loss and random.random() < loss else 0
        return delay_s + random.random() * jitter_s + lost


def _run(ports, orders):
    asyncio.run(_serve(ports, orders))


async def _serve(ports, orders):
    state = _State()
    asyncio.get_running_loop().add_reader(orders.fileno(), lambda: state.obey(orders.recv()))
    for port in ports:
        await asyncio.start_server(
            lambda reader, writer, port=port: _carry(state, port, reader, writer),
            [FRONT, GUEST], port)
    orders.send("ready")
    await asyncio.Event().wait()


async def _carry(state, port, reader, writer):
    try:
        behind_reader, behind_writer = await asyncio.open_connection(BEHIND, port)
    except OSError:
        writer.transport.abort()
        return
    is_slow = writer.get_extra_info("peername")[0] == SLOW
    rate = (lambda: state.rate) if is_slow else (lambda: None)
    pumps = [_pump(state, port, reader, behind_writer, lambda: None),
             _pump(state, port, behind_reader, writer, rate)]
    with contextlib.suppress(OSError):
        await asyncio.gather(*pumps)
    writer.transport.abort()
    behind_writer.transport.abort()


async def _pump(state, port, reader, writer, rate):
    """Ends both directions with an error when its own ends."""
    pieces = asyncio.Queue(MOST_PIECES)
    taking = asyncio.create_task(_take(state, port, reader, pieces))
    try:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if not piece:
                raise ConnectionResetError
            writer.write(piece)
            await writer.drain()
            if rate():
                await asyncio.sleep(len(piece) / rate())
    finally:
        taking.cancel()


async def _take(state, port, reader, pieces):
    """Reads on while what was read waits for its time."""
    due = 0
    piece = b"?"
    while piece:
        try:
            piece = await reader.read(PIECE_BYTES)
        except OSError:
            piece = b""
        due = max(due, asyncio.get_running_loop().time() + state.lateness_s(port))
        await pieces.put((due, piece))
