"""A data set in service: its warm parent, and the workers that were forked from it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from entente.config import Settings
from entente.errors import (
    DataError,
    DeadlineExceeded,
    EntenteError,
    MemoryExceeded,
    Place,
    WorkerLost,
)
from entente.query.channel import receive_frame, send_frame
from entente.query.execute import Job, read_error
from entente.query.hangup import ClientGone, Hangup
from entente.query.served import Served

#: A query that runs longer than this makes room for shorter ones.
_PATIENCE_S = 0.05
_NICENESS = 19


class ParentLost(EntenteError):
    """The warm parent died; the pool starts another."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A forked child: its process id and the pipe to it."""

    pid: int
    pipe: socket.socket


class Generation:
    """A warm parent that holds one version, and its workers. Loads when it is made.

    Attributes:
        served: What it serves.
        graphs: Triples by named graph.
        triples: Triples of the default graph.
        load_s: Seconds that loading took.

    Raises:
        DataError: A file is malformed.
    """

    def __init__(self, served: Served, settings: Settings) -> None:
        self.served = served
        self._settings = settings
        self._lock = threading.Lock()
        self._idle: deque[Worker] = deque()
        self._leaving: set[Worker] = set()
        self._busy = 0
        self._retired = False
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = _start_parent(theirs)
        report = self._load()
        self.graphs: Mapping[str, int] = MappingProxyType(report["graphs"])
        self.triples: int = report["triples"]
        self.load_s: float = report["seconds"]
        self._fill()

    @property
    def alive(self) -> bool:
        """Say whether the parent runs."""
        return self._process.poll() is None

    @property
    def parent_pid(self) -> int:
        """The process id of the warm parent."""
        return self._process.pid

    def evaluate(self, job: Job, hangup: Hangup) -> bytes:
        """Answer a query in a worker; for the errors see `Pool.evaluate`.

        Raises:
            ParentLost: The parent is dead, and nothing was evaluated.
            ClientGone: The client hung up.
        """
        deadline = time.monotonic() + self._settings.deadline_s
        with self._leased() as worker:
            try:
                with hangup.releasing(lambda: _kill(worker)):
                    answer = self._exchange(worker, job, deadline)
            except TimeoutError:
                self._replace_later(worker)
                raise self._deadline_exceeded() from None
            except (EOFError, OSError):
                status = self._discard(worker)
                if hangup.happened:
                    raise ClientGone from None
                raise self._explain(status) from None
            if hangup.happened:  # the worker answered, and was killed all the same
                self._replace_later(worker)
                raise ClientGone
        header, body = answer
        if "error" in header:
            raise read_error(header)
        return body

    def retire(self) -> None:
        """Take no part in new work, and end when the last query is answered."""
        with self._lock:
            self._retired = True
            finished = not self._busy
        if finished:
            self.close()

    def close(self) -> None:
        """End the parent and, with it, every worker; wait for its end."""
        with self._lock:
            self._control.close()
        self._process.wait()
        while self._idle:
            self._idle.pop().pipe.close()

    def _exchange(
        self, worker: Worker, job: Job, deadline: float
    ) -> tuple[Mapping[str, Any], bytes]:
        worker.pipe.settimeout(max(0.001, deadline - time.monotonic()))
        send_frame(worker.pipe, job.as_header())
        if not _readable(worker.pipe, min(_PATIENCE_S, self._settings.deadline_s)):
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, worker.pid, _NICENESS)
        worker.pipe.settimeout(max(0.001, deadline - time.monotonic()))
        answer = receive_frame(worker.pipe)
        worker.pipe.settimeout(None)
        return answer

    def _deadline_exceeded(self) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"the query ran longer than {self._settings.deadline_s:g} s",
            fix="make it more selective, or add LIMIT to its inner patterns",
        )

    def _explain(self, status: int) -> EntenteError:
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT:
            return MemoryExceeded(
                f"the query needs more than {self._settings.max_memory_bytes} bytes of memory",
                fix="make it more selective, or order and group fewer rows",
            )
        return WorkerLost("the worker ended before it answered", fix="ask again")

    @contextmanager
    def _leased(self) -> Iterator[Worker]:
        with self._lock:
            self._busy += 1
        worker = None
        try:
            worker = self._take_idle() or self._fork()
            yield worker
        finally:
            with self._lock:
                self._busy -= 1
                last = self._retired and not self._busy
            if worker and worker not in self._leaving and worker.pipe.fileno() >= 0:
                self._give_back(worker)
            if last:
                self.close()

    def _take_idle(self) -> Worker | None:
        while True:
            try:
                worker = self._idle.pop()
            except IndexError:
                return None
            if not _readable(worker.pipe, 0):
                return worker
            self._discard(worker)  # it was killed while it was idle

    def _give_back(self, worker: Worker) -> None:
        tired = os.getpriority(os.PRIO_PROCESS, worker.pid) > os.getpriority(os.PRIO_PROCESS, 0)
        if tired or len(self._idle) >= self._settings.warm_workers:
            self._replace_later(worker)
        else:
            self._idle.append(worker)

    def _replace_later(self, worker: Worker) -> None:
        """Kill a worker and fork another without keeping anybody waiting.

        A process that held much memory takes long to die, and the parent forks nothing
        while it waits for one.
        """
        _kill(worker)
        self._leaving.add(worker)
        threading.Thread(target=self._replace, args=(worker,), daemon=True).start()

    def _replace(self, worker: Worker) -> None:
        with contextlib.suppress(OSError):
            worker.pipe.settimeout(None)
            while worker.pipe.recv(1 << 16):
                pass
        self._discard(worker)
        self._leaving.discard(worker)
        self._fill()

    def _fill(self) -> None:
        with contextlib.suppress(ParentLost):
            while len(self._idle) + self._busy < self._settings.warm_workers:
                self._idle.append(self._fork())

    def _fork(self) -> Worker:
        try:
            with self._lock:
                send_frame(self._control, {"fork": True})
                header, _ = receive_frame(self._control)
                _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        except (EOFError, OSError):
            raise ParentLost("the parent of the workers is gone") from None
        return Worker(header["pid"], socket.socket(fileno=descriptors[0]))

    def _discard(self, worker: Worker) -> int:
        """End a worker and give its wait status; only the parent may wait for it."""
        worker.pipe.close()
        try:
            with self._lock:
                send_frame(self._control, {"end": worker.pid})
                header, _ = receive_frame(self._control)
            return int(header["status"])
        except (EOFError, OSError):
            return 0

    def _load(self) -> dict[str, Any]:
        order = {
            "files": [str(path) for path in self.served.files],
            "max_memory_bytes": self._settings.max_memory_bytes,
        }
        try:
            send_frame(self._control, order)
            report, _ = receive_frame(self._control)
        except (EOFError, OSError):
            self.close()
            raise EntenteError("the process that loads the data ended; is memory short?") from None
        if "what" in report:
            self.close()
            place = Place(report["file"], report["line"]) if report["file"] else None
            raise DataError(report["what"], fix=report["fix"], place=place)
        return report


def _start_parent(control: socket.socket) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in a terminal is for the server, which ends its workers.
    return subprocess.Popen(
        [sys.executable, "-m", "entente.query.parent", str(control.fileno())],
        pass_fds=[control.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _kill(worker: Worker) -> None:
    # Nobody but the parent waits for the child, so its id cannot have been given away.
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)


def _readable(pipe: socket.socket, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))
