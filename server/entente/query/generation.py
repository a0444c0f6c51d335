"""A data set in service: its warm parent, and the workers that were forked from it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from entente.config import Settings
from entente.errors import (
    Busy,
    DataError,
    DeadlineExceeded,
    EntenteError,
    MemoryExceeded,
    Place,
    WorkerLost,
)
from entente.query.admission import Ledger
from entente.query.channel import receive_frame, send_frame
from entente.query.execute import Job, read_error
from entente.query.hangup import ClientGone, Hangup
from entente.query.memory import MemoryWatch, taken_bytes
from entente.query.priority import put_behind
from entente.query.process import Worker, kill, readable, start_parent
from entente.query.served import Served

#: The task that makes a graph.
_MAKING = "make"
#: A worker that worked as long as this is replaced, with the memory that it gathered.
_TIRED_S = 0.5
_TRIES = 3
_LINGER_S = 1.0
#: Between two looks whether a killed worker is dead.
_DYING_S = 0.002


class ParentLost(EntenteError):
    """The warm parent died; the pool starts another."""


class _NotBegunError(Exception):
    """A worker ended before it began; another may be asked the same."""


class _StruckError(Exception):
    """A worker was killed from outside at a short query; one other may be asked the same."""


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

    def __init__(self, served: Served, settings: Settings, watch: MemoryWatch) -> None:
        self.served = served
        self._settings = settings
        self._watch = watch
        self._control_lock = threading.Lock()
        self._lock = threading.Lock()
        self._idle: deque[Worker] = deque()
        self._makers: deque[Worker] = deque()
        self._leaving: set[Worker] = set()
        self._busy = self._long = 0
        self._retired = False
        self.forked = self.lost = 0
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = start_parent(theirs)
        report = self._load()
        self.graphs: Mapping[str, int] = MappingProxyType(report["graphs"])
        self.triples: int = report["triples"]
        self.load_s: float = report["seconds"]
        self._base_bytes = taken_bytes(self._process.pid)
        self._fill()

    @property
    def alive(self) -> bool:
        """Say whether the parent runs."""
        return self._process.poll() is None

    @property
    def parent_pid(self) -> int:
        """The process id of the warm parent."""
        return self._process.pid

    @property
    def idle(self) -> int:
        """The number of workers that wait for a query."""
        return len(self._idle)

    @property
    def long(self) -> int:
        """The number of queries that run longer than the settings' patience."""
        return self._long

    def evaluate(self, job: Job, hangup: Hangup, ledger: Ledger) -> bytes:
        """Answer a query in a worker; for the errors see `Pool.evaluate`.

        Raises:
            ParentLost: The parent is dead, and nothing was answered.
            ClientGone: The client hung up.
        """
        allowed_s = hangup.allowance.deadline_s or self._settings.deadline_s
        deadline = hangup.began + allowed_s
        struck = False
        for _ in range(_TRIES):
            try:
                header, body = self._evaluate_once(job, hangup, ledger, deadline)
            except _NotBegunError:
                continue
            except _StruckError:
                if struck:
                    break
                struck = True
                continue
            except TimeoutError:
                raise _deadline_exceeded(allowed_s) from None
            if "error" in header:
                raise read_error(header)
            return body
        raise WorkerLost("workers end before they answer", fix="ask again")

    def retire(self) -> None:
        """Take no part in new work, and end when the last query is answered.

        It stays a little longer, for requests that were judged and not yet evaluated.
        """
        timer = threading.Timer(_LINGER_S, self._retire)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """End the parent and, with it, every worker; wait for its end."""
        with self._control_lock:
            self._control.close()
        self._process.wait()
        while self._idle or self._makers:
            (self._idle or self._makers).pop().pipe.close()

    def _retire(self) -> None:
        with self._lock:
            self._retired = True
            finished = not self._busy
        if finished:
            self.close()

    def _evaluate_once(
        self, job: Job, hangup: Hangup, ledger: Ledger, deadline: float
    ) -> tuple[Mapping[str, Any], bytes]:
        if time.monotonic() >= deadline:
            raise TimeoutError
        with self._leased(frozenset(job.makes)) as worker:
            given = time.monotonic()
            try:
                with hangup.releasing(lambda: kill(worker)):
                    answer = self._make_graphs(worker, job, deadline) or self._exchange(
                        worker, job, deadline, _holding(hangup, ledger)
                    )
            except (TimeoutError, Busy):
                self._replace_later(worker)
                raise
            except (EOFError, OSError):
                short = time.monotonic() - given < self._settings.patience_s
                status, begun = self._discard(worker)
                if hangup.happened:
                    raise ClientGone from None
                if not self.alive:  # the worker died with its parent; the successor answers
                    raise ParentLost("the parent of the workers is gone") from None
                if not begun:
                    raise _NotBegunError from None
                self.lost += 1
                # In so short a time it has taken no memory to speak of: the kill was not for it.
                if short and _is_killed(status):
                    raise _StruckError from None
                raise self._explain(worker, status) from None
            if hangup.happened:  # the worker answered, and was killed all the same
                self._replace_later(worker)
                raise ClientGone
            return answer

    def _make_graphs(
        self, worker: Worker, job: Job, deadline: float
    ) -> tuple[Mapping[str, Any], bytes] | None:
        """Have a worker make what a job needs first; give the error where one cannot be made."""
        for graph in job.makes:
            if graph not in worker.made:
                making = Job("", "", None, 0, task=_MAKING, arguments={"graph": graph})
                answer = self._exchange(worker, making, deadline, lambda _: None)
                worker.tired = False  # what it gathered is what it is kept for
                if "error" in answer[0]:
                    return answer
                worker.made |= {graph}
        return None

    def _exchange(
        self, worker: Worker, job: Job, deadline: float, admit: Callable[[int], None]
    ) -> tuple[Mapping[str, Any], bytes]:
        patience_s = min(self._settings.patience_s, deadline - time.monotonic())
        worker.pipe.settimeout(max(0.001, deadline - time.monotonic()))
        send_frame(worker.pipe, job.as_header())
        with contextlib.ExitStack() as stack:
            if not readable(worker.pipe, patience_s):
                stack.enter_context(self._running_long(worker))
            if not readable(worker.pipe, deadline - time.monotonic()):
                raise TimeoutError
            worker.pipe.settimeout(max(0.001, deadline - time.monotonic()))
            answer = receive_frame(worker.pipe, admit)
        worker.pipe.settimeout(None)
        return answer

    @contextmanager
    def _running_long(self, worker: Worker) -> Iterator[None]:
        """Make room for shorter queries: this one goes behind, and its place is filled."""
        started = time.monotonic()
        with self._lock:
            if self._long >= self._settings.max_long_in_flight:
                raise Busy(
                    f"{self._long} long queries are running, as many as may",
                    fix="ask again later, or make it more selective",
                )
            self._long += 1
            short = self._missing() > 0
        put_behind(worker.pid)
        if short:
            threading.Thread(target=self._fill, daemon=True).start()
        try:
            with self._watch.watching(worker.pid, self._base_bytes):
                yield
        finally:
            with self._lock:
                self._long -= 1
            worker.tired = time.monotonic() - started > _TIRED_S

    def _explain(self, worker: Worker, status: int) -> EntenteError:
        if self._watch.ended(worker.pid):
            return MemoryExceeded(
                "the queries that run now need more than "
                f"{self._settings.max_total_memory_bytes} bytes of memory, this one most",
                fix="make it more selective, or order and group fewer rows",
            )
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT:
            return MemoryExceeded(
                f"the query needs more than {self._settings.max_memory_bytes} bytes of memory",
                fix="make it more selective, or order and group fewer rows",
            )
        return WorkerLost("the worker ended before it answered", fix="ask again")

    @contextmanager
    def _leased(self, made: frozenset[str]) -> Iterator[Worker]:
        with self._lock:
            self._busy += 1
        worker = None
        try:
            worker = self._take_maker(made) or self._take_idle() or self._fork()
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
            if not readable(worker.pipe, 0):
                return worker
            self._discard(worker)  # it was killed while it was idle

    def _take_maker(self, made: frozenset[str]) -> Worker | None:
        """Find an idle worker that has made what is needed; the one that was used last."""
        with self._lock:
            found = next((w for w in reversed(self._makers) if made and made <= w.made), None)
            if found is None:
                return None
            self._makers.remove(found)
        if not readable(found.pipe, 0):
            return found
        self._discard(found)
        return None

    def _keep_maker(self, worker: Worker) -> None:
        """Keep a worker for the graphs that it made; the one that was used longest ago goes."""
        with self._lock:
            self._makers.append(worker)
            spare = len(self._makers) > self._settings.making_workers and self._makers.popleft()
        if spare:
            self._replace_later(spare)
        else:
            self._fill()

    def _give_back(self, worker: Worker) -> None:
        if worker.made and not worker.tired:
            self._keep_maker(worker)
        elif worker.tired or len(self._idle) >= self._settings.warm_workers:
            self._replace_later(worker)
        else:
            self._idle.append(worker)

    def _replace_later(self, worker: Worker) -> None:
        """Kill a worker and fork another without keeping anybody waiting.

        A process that held much memory takes long to die, and the parent forks nothing
        while it waits for one.
        """
        kill(worker)
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

    def _missing(self) -> int:
        """Count the workers that are to be forked, so that short queries find one ready."""
        return self._settings.warm_workers - len(self._idle) - (self._busy - self._long)

    def _fill(self) -> None:
        with contextlib.suppress(ParentLost):
            while self._missing() > 0:
                self._idle.append(self._fork())

    def _fork(self) -> Worker:
        try:
            with self._control_lock:
                send_frame(self._control, {"fork": True})
                header, _ = receive_frame(self._control)
                _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        except (EOFError, OSError):
            raise ParentLost("the parent of the workers is gone") from None
        self.forked += 1
        return Worker(header["pid"], socket.socket(fileno=descriptors[0]))

    def _discard(self, worker: Worker) -> tuple[int, bool]:
        """End a worker; give its wait status, and whether it had begun a query.

        Only the parent may wait for it.
        """
        worker.pipe.close()
        try:
            while True:
                with self._control_lock:
                    send_frame(self._control, {"end": worker.pid})
                    header, _ = receive_frame(self._control)
                if "dying" not in header:
                    return int(header["status"]), bool(header["begun"])
                time.sleep(_DYING_S)
        except (EOFError, OSError):
            self._process.wait()  # its socket closes a moment before it is dead
            return 0, True

    def _load(self) -> dict[str, Any]:
        order = {
            "files": [str(path) for path in self.served.files],
            "on_disk": str(self.served.on_disk) if self.served.on_disk else None,
            "max_memory_bytes": self._settings.max_memory_bytes,
            "tasks": self.served.tasks,
            "texts": self.served.texts,
            "functions": self.served.functions,
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


def _holding(hangup: Hangup, ledger: Ledger) -> Callable[[int], None]:
    """Count the answer's bytes until the hangup's owner says that they were sent."""

    def hold(count: int) -> None:
        ledger.hold(count)
        hangup.held_bytes += count

    return hold


def _is_killed(status: int) -> bool:
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _deadline_exceeded(allowed_s: float) -> DeadlineExceeded:
    return DeadlineExceeded(
        f"the query ran longer than {allowed_s:g} s",
        fix="make it more selective, or add LIMIT to its inner patterns",
    )
