"""One connection: what a client sends is read, and what it asked is answered in order.

A request is handed on when it is there whole, so that a slow one takes nothing but its bytes.
While one is answered, what comes behind it waits. A client that hangs up is seen at once, and
one that does not read its answer is cut off.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import struct
import time
from collections import deque
from collections.abc import Coroutine, Iterator, Mapping
from typing import Protocol, cast

from werkzeug.exceptions import HTTPException, RequestTimeout, ServiceUnavailable

from entente.config import Settings
from entente.query.hangup import ClientGone
from entente.web.reading import RequestReader
from entente.web.wire import Asked

_log = logging.getLogger(__name__)
_PART_BYTES = 256 * 1024
#: Of what comes while a request is answered.
_MAX_LATER_BYTES = 64 * 1024
#: A request that may be known again by its bytes.
_MAX_KNOWN_BYTES = 16 * 1024
#: How long a client that was refused may go on sending, so that it sees why.
_LINGER_S = 2.0
_LEAVE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Answerer(Protocol):
    """Who answers what a connection has read."""

    def repeat(self, raw: bytes, address: str) -> bytes | None:
        """Answer a request that is known by its bytes, or give None."""

    def begin(self, asked: Asked, connection: Connection) -> Coroutine[None, None, None] | None:
        """Answer a request at once, or give what will answer it."""

    def refuse(self, error: HTTPException, address: str, headers: Mapping[str, str]) -> bytes:
        """Write the answer to what is no request."""


class Connection(asyncio.Protocol):
    """A client's connection.

    Args:
        answerer: Who answers.
        settings: Limits on heads, bodies and times.
        circle: All open connections; this one enters and leaves.
    """

    def __init__(self, answerer: Answerer, settings: Settings, circle: set[Connection]) -> None:
        self._answerer, self._settings, self._circle = answerer, settings, circle
        self._waiting: deque[Asked] = deque()
        self._asked: Asked | None = None
        self._task: asyncio.Task[None] | None = None
        self._later = bytearray()
        self._full: asyncio.Future[None] | None = None
        self._last_words: bytes | None = None
        self._due = math.inf
        self._lost = self._leaving = self.stopping = False

    @property
    def idle(self) -> bool:
        """Say whether nothing is under way."""
        return not self._asked and not self._full and self._reader.fresh

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)
        self._address = (transport.get_extra_info("peername") or ("",))[0]
        self._reader = RequestReader(self._settings, self._address)
        self._circle.add(self)
        self._expect_request()
        if len(self._circle) > self._settings.max_connections:
            what = f"{self._settings.max_connections} connections are open, as many as may"
            self._say_last(ServiceUnavailable(what, retry_after=1))
            self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Tell those who work for this client that it is gone."""
        self._lost = True
        self._circle.discard(self)
        self._waiting.clear()
        if self._asked:
            self._asked.hangup.tell()
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Read a piece, or let it wait."""
        if self._leaving:
            return
        if self._asked or self._full:
            self._later += data
            if len(self._later) > _MAX_LATER_BYTES:
                self._transport.pause_reading()
            return
        if self._reader.fresh:
            answer = self._answerer.repeat(data, self._address)
            if answer is not None:
                self._transport.write(answer)
                self._expect_request()
                return
        self._read(data)

    def pause_writing(self) -> None:
        """Note that the client has not taken all."""
        self._full = asyncio.get_running_loop().create_future()
        if not self._task:
            self._due = time.monotonic() + self._settings.send_timeout_s

    def resume_writing(self) -> None:
        """Note that it has taken all, or is gone."""
        full, self._full = self._full, None
        if full and not full.done():
            full.set_result(None)
        if full and not self._task:
            self._go_on()

    # What others call.

    def tick(self, now: float) -> None:
        """End what takes too long; called now and then."""
        if now < self._due:
            return
        if self._leaving or self._full:
            self._cut_off()
        elif self._reader.fresh:
            self._transport.close()
        else:
            what = "head of the request" if self._reader.in_head else "body"
            self._say_last(RequestTimeout(f"the {what} did not arrive in time"))
            self._go_on()

    def stop(self) -> None:
        """Close, as soon as nothing is under way."""
        self.stopping = True
        if self.idle:
            self._transport.close()

    def write(self, answer: bytes) -> None:
        """Write a small answer; the next request waits until the client has taken it."""
        self._transport.write(answer)

    async def send(self, head: bytes, body: bytes, timeout_s: float) -> int:
        """Send an answer in parts; a client that does not take one in time is cut off.

        Returns:
            The bytes of the body that the client took.

        Raises:
            ClientGone: The client hung up.
        """
        view = memoryview(body)
        self._transport.write(head + view[:_PART_BYTES])
        for at in range(_PART_BYTES, len(body) + _PART_BYTES, _PART_BYTES):
            if not await self._is_taken(timeout_s):
                self._cut_off()
                return at - _PART_BYTES
            if at < len(body):
                self._transport.write(view[at : at + _PART_BYTES])
        return len(body)

    async def send_parts(
        self, head: bytes, parts: Iterator[bytes], timeout_s: float
    ) -> tuple[int, bool]:
        """Send an answer whose body is read as it is sent.

        Returns:
            The bytes of the body that the client took, and whether these are all.

        Raises:
            ClientGone: The client hung up.
        """
        self._transport.write(head)
        size = 0
        while (part := await asyncio.to_thread(next, parts, b"")) != b"":
            if not await self._is_taken(timeout_s):
                self._cut_off()
                return size, False
            self._transport.write(part)
            size += len(part)
        return size, True

    async def _is_taken(self, timeout_s: float) -> bool:
        if self._full:
            try:
                async with asyncio.timeout(timeout_s):
                    while self._full:
                        await self._full
            except TimeoutError:
                return False
        if self._lost:
            raise ClientGone
        return True

    def _cut_off(self) -> None:
        """Reset the connection, so that the system lets go of its buffers, too."""
        sock = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    # From one request to the next.

    def _read(self, data: bytes) -> None:
        reader = self._reader
        was_fresh, was_in_head = reader.fresh, reader.in_head
        requests = reader.feed(data)
        if was_fresh and len(requests) == 1 and reader.fresh and len(data) <= _MAX_KNOWN_BYTES:
            requests[0].raw = data
        self._waiting.extend(requests)
        if reader.refusal:
            self._say_last(reader.refusal)
        if self._waiting or reader.refusal:
            self._go_on()
        elif was_fresh or (was_in_head and not reader.in_head):
            self._expect_rest()
            if reader.wants_leave:
                self._transport.write(_LEAVE)

    def _go_on(self) -> None:
        """Answer what waits, and then listen again."""
        while not (self._task or self._full or self._leaving or self._lost):
            if self._waiting:
                self._answer(self._waiting.popleft())
            elif self._last_words is not None:
                self._leave(self._last_words)
            elif self._later:
                data, self._later = bytes(self._later), bytearray()
                self._transport.resume_reading()
                self.data_received(data)
            else:
                self._expect_request()
                return

    def _answer(self, asked: Asked) -> None:
        self._asked, self._due = asked, math.inf
        if self.stopping:
            asked.keep_alive = False
        answering = self._answerer.begin(asked, self)
        if answering is None:
            self._finish(asked)
        else:
            self._task = asyncio.get_running_loop().create_task(self._run(asked, answering))

    async def _run(self, asked: Asked, answering: Coroutine[None, None, None]) -> None:
        try:
            await answering
        except Exception:  # a bug: the client gets no answer, and the log its traceback
            _log.exception("%s %s could not be answered", asked.method, asked.path[:200])
            self._cut_off()
        self._task = None
        if self._full:  # what was written last is to be taken in time
            self._due = time.monotonic() + self._settings.send_timeout_s
        self._finish(asked)
        self._go_on()

    def _finish(self, asked: Asked) -> None:
        self._asked = None
        if not asked.keep_alive and not self._lost:
            self._leave(b"")

    def _expect_request(self) -> None:
        if self.stopping and self._reader.fresh:
            self._leave(b"")
        else:
            self._expect_rest()

    def _expect_rest(self) -> None:
        settings, in_head = self._settings, self._reader.in_head
        seconds = settings.header_timeout_s if in_head else settings.body_timeout_s
        self._due = time.monotonic() + seconds

    def _say_last(self, error: HTTPException) -> None:
        self._last_words = self._answerer.refuse(error, self._address, self._reader.headers)

    def _leave(self, words: bytes) -> None:
        """Say what is left to say, and close; who still sends may do so for a moment."""
        self._leaving = True
        self._due = time.monotonic() + self._settings.send_timeout_s
        if words:
            self._due = time.monotonic() + _LINGER_S
            self._transport.write(words)
            self._transport.write_eof()
        else:
            self._transport.close()
