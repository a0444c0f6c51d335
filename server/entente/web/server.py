"""The server, from the first connection to a graceful stop."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import gc
import http.client
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from flask import Flask

from entente.catalogue import CatalogueQuery
from entente.config import Settings
from entente.errors import EntenteError, UsageError
from entente.query.pool import Pool
from entente.query.served import Source
from entente.web.answers import Answers
from entente.web.app import create_app
from entente.web.connection import Connection
from entente.web.fairness import read_tokens
from entente.web.log import RequestLog
from entente.web.prepared import PreparedPages
from entente.web.shim import Shim
from entente.web.wire import read_base

_log = logging.getLogger(__name__)
_SWITCH_S = 0.0005
#: What is as large comes from the system and goes back to it.
#: Source: https://man7.org/linux/man-pages/man3/mallopt.3.html
_M_MMAP_THRESHOLD, _LARGE_BYTES = -3, 1 << 20
_OWN_DESCRIPTORS = 256
_FIRST_ANSWER_TRIES = 500
_TICK_S = 0.1
#: Where nobody asked anything for so long, pages may be prepared.
_QUIET_S = 0.2
_LAST_S = 1.0
#: They need all names, and the index of names.
_READ_ONCE = ("/disagreements", "/suggest?q=a")


def run_server(
    source: Source,
    settings: Settings,
    examples: Sequence[CatalogueQuery],
    announce: Callable[[str, Pool], None],
) -> None:
    """Serve until SIGINT or SIGTERM; SIGHUP looks for a new snapshot at once.

    Args:
        source: The data set.
        settings: Address, port and limits.
        examples: Queries that the page offers.
        announce: Called with the endpoint's address once it has answered a first query.

    Raises:
        UsageError: The port is taken, or the address is not ours.
        EntenteError: The data set cannot be loaded.
    """
    check_port(settings)
    read_base(settings)
    tokens = read_tokens(settings)
    _prepare_process(settings)
    pool, log = Pool(source, settings), RequestLog(settings)
    pool.open()
    try:
        answers = Answers(pool, examples)
        prepared = PreparedPages(pool)
        app = create_app(pool, answers, examples, prepared)
        shim = Shim(app, pool, answers, settings, log, tokens)

        stopped = _handle_signals(pool)

        def begin(address: str) -> None:
            announce(address, pool)
            if pool.current.served.own:
                _read_once(app, stopped)
                _keep_prepared(partial(prepared.prepare, app), shim, settings, stopped)

        # What is there now stays: to look through it for what can go would hold up requests.
        gc.collect()
        gc.freeze()
        pool.run(_serve(shim, settings, begin, stopped))
    finally:
        pool.close()
        log.close()


def _read_once(app: Flask, stopped: asyncio.Event) -> None:
    """Do what is done once for a version before the first reader would wait for it."""
    client = app.test_client()
    steps: list[Callable[[], object]] = [
        *(partial(app.jinja_env.get_template, name) for name in app.jinja_env.list_templates()),
        *(partial(client.get, path) for path in _READ_ONCE),
    ]
    for step in steps:
        if stopped.is_set():
            return
        step()


def _keep_prepared(
    prepare: Callable[[str, Callable[[], bool]], None],
    shim: Shim,
    settings: Settings,
    stopped: asyncio.Event,
) -> None:
    """Make pages of each version before anybody asks for them, as long as nobody asks anything."""

    def may_go_on() -> bool:
        while not stopped.is_set() and shim.quiet_s < _QUIET_S:
            time.sleep(_TICK_S)
        return not stopped.is_set()

    while may_go_on():
        prepare(read_base(settings).prefix, may_go_on)
        time.sleep(_TICK_S)


def check_port(settings: Settings) -> None:
    """Find out whether the port is free.

    Raises:
        UsageError: It is taken, not allowed, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except (OSError, OverflowError) as error:
            raise _explain_port(settings, error) from None


def endpoint_address(settings: Settings) -> str:
    """Give the address of the endpoint as a client on this machine reaches it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/sparql"


def _explain_port(settings: Settings, error: OSError | OverflowError) -> UsageError:
    where = f"{settings.host}:{settings.port}"
    if getattr(error, "errno", 0) == errno.EADDRINUSE:
        return UsageError(
            f"{where}: another program listens there",
            fix=f"stop it, or choose another port with --port {settings.port + 1}",
        )
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(f"{where}: {reason}", fix="choose another with --host and --port")


def _prepare_process(settings: Settings) -> None:
    # Threads that examine queries let go of the interpreter sooner than every 5 ms, large answers
    # leave no holes in the heap, and descriptors suffice for the connections.
    sys.setswitchinterval(_SWITCH_S)
    with suppress(OSError, AttributeError):  # the GNU C library has it
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.max_connections + _OWN_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


async def _serve(
    shim: Shim, settings: Settings, begin: Callable[[str], None], stopped: asyncio.Event
) -> None:
    circle = set[Connection]()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(shim, settings, circle),
        settings.host,
        settings.port,
        backlog=settings.max_connections,
    )
    ticking = asyncio.ensure_future(_tick(circle))
    ready = asyncio.ensure_future(asyncio.to_thread(_announce, settings, begin))
    await stopped.wait()
    server.close()
    for connection in list(circle):
        connection.stop()
    await shim.drain()
    await _see_off(circle)
    ticking.cancel()
    await ready
    shim.close()


async def _tick(circle: set[Connection]) -> None:
    while True:
        await asyncio.sleep(_TICK_S)
        now = time.monotonic()
        for connection in list(circle):
            connection.tick(now)


async def _see_off(circle: set[Connection]) -> None:
    """Wait until the last answers are taken, a moment at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_S):
            while circle:
                await asyncio.sleep(0.01)


def _handle_signals(pool: Pool) -> asyncio.Event:
    """Handle signals from now on, which this thread gets; give what tells that one said to stop."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: pool.call(stopped.set))
    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=_reload, args=(pool,)).start())
    return stopped


def _reload(pool: Pool) -> None:
    try:
        pool.reload()
    except EntenteError as error:
        _log.error("the old data set stays in service: %s", error)


def _announce(settings: Settings, begin: Callable[[str], None]) -> None:
    address = endpoint_address(settings)
    for _ in range(_FIRST_ANSWER_TRIES):
        if _answers(address):
            begin(address)
            return
        time.sleep(0.01)
    _log.error("%s does not answer", address)
    os.kill(os.getpid(), signal.SIGTERM)


def _answers(address: str) -> bool:
    host, _, path = address.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("GET", f"/{path}?query=ASK%7B%7D")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
