"""The processes behind a data set, as the server sees them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, cast

from entente.errors import Busy
from entente.query.channel import Frame, FrameReader, write_frame

#: What comes of an answer that nobody waits for any more is read in pieces of this.
_SCRAP_BYTES = 64 * 1024
#: The GNU C library takes memory in huge pages where the system has them: queries follow pointers
#: all over the data, and large answers are written into fresh memory.
#: Source: https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
_TUNABLES, _HUGE = "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"


class Worker(asyncio.BufferedProtocol):
    """A forked child, at the other end of a pipe. It answers one job after the other.

    All but `kill` is done by the thread of the event loop.

    Args:
        pid: Its process id.
        bury: Called when the pipe has ended, which it does with the child.

    Attributes:
        tired: Whether it is to be replaced.
        made: The graphs that it made on request, beyond what its parent loaded.
        buried: What `bury` gave, once the pipe has ended: the child's wait status, and whether
            it had begun a job.
    """

    def __init__(
        self, pid: int, bury: Callable[[Worker], asyncio.Future[tuple[int, bool]]]
    ) -> None:
        self.pid = pid
        self.tired = False
        self.made = frozenset[str]()
        self.buried: asyncio.Future[tuple[int, bool]] | None = None
        self._bury = bury
        self._reader = FrameReader()
        self._answer: asyncio.Future[Frame] | None = None

    @property
    def busy(self) -> bool:
        """Say whether it owes an answer."""
        return self._answer is not None

    def ask(self, header: Mapping[str, Any], admit: Callable[[int], None]) -> asyncio.Future[Frame]:
        """Send a job.

        Args:
            header: The job.
            admit: Called with the size of the answer before it is received.

        Returns:
            The answer to come; an EOFError where the child ends before, and else what `admit`
            raises.
        """
        self._reader.begin(admit)
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(write_frame(header))
        return self._answer

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self.tired = True
        # Nobody but the parent waits for the child, so its id cannot have been given away.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def give_up(self) -> None:
        """End it; nobody waits for its answer any more."""
        if self._answer:
            self._answer.cancel()
        self.kill()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)  # so that a job goes out at once

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  asyncio's signature
        """Give where the next bytes go."""
        return self._reader.room() if self.busy else memoryview(bytearray(_SCRAP_BYTES))

    def buffer_updated(self, nbytes: int) -> None:
        """Take note of bytes that have come."""
        if not self.busy:
            return
        try:
            frame = self._reader.take(nbytes)
        except Busy as busy:
            self.kill()
            self._settle(None, busy)
        else:
            if frame:
                self._settle(frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Have the child buried."""
        self.buried = self._bury(self)
        self._settle(None, EOFError())

    def _settle(self, frame: Frame | None, error: Exception | None = None) -> None:
        answer, self._answer = self._answer, None
        if not answer or answer.done():
            return
        if frame:
            answer.set_result(frame)
        elif error:
            answer.set_exception(error)


def start_parent(control: socket.socket) -> subprocess.Popen[bytes]:
    """Start the warm parent of workers at the other end of a control socket."""
    # A group of its own: Ctrl-C in a terminal is for the server, which ends its workers. Not
    # a session of its own: Linux may schedule sessions against each other, and then a worker
    # could not be put behind the server.
    environment = {
        **os.environ,
        _TUNABLES: ":".join(filter(None, (os.environ.get(_TUNABLES), _HUGE))),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "entente.query.parent", str(control.fileno())],
        pass_fds=[control.fileno()],
        stdin=subprocess.DEVNULL,
        process_group=0,
        env=environment,
    )
