"""A data set in service: its warm parent, and the workers that were forked from it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import Any, TypeVar

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
from entente.query.channel import Frame, receive_frame, send_frame
from entente.query.execute import Job, read_error
from entente.query.hangup import ClientGone, Hangup
from entente.query.idle import IdleWorkers
from entente.query.memory import MemoryWatch, taken_bytes
from entente.query.priority import patience, put_behind
from entente.query.process import Worker, start_parent
from entente.query.served import Served

#: The task that makes a graph.
_MAKING = "make"
#: A reader waits for a page: it is not put behind programs before this many times the patience.
_PATIENCE = {"page": 4}
#: A worker that gathered as much memory in a long query is replaced.
_TIRED_BYTES = 32 * 1024 * 1024
#: So many times the workers that are kept ready may wait: where many queries are long, one that
#: comes back takes the place of the next, and none is forked.
_SPARE = 2
_TRIES = 3
_LINGER_S = 1.0
#: Between the first two looks whether a killed worker is dead, and at most between two. Where
#: the processor is short, it dies slowly, behind others.
_DYING_S, _MAX_DYING_S = 0.002, 0.1
_T = TypeVar("_T")


class ParentLost(EntenteError):
    """The warm parent died; the pool starts another."""


class _NotBegunError(Exception):
    """A worker ended before it began; another may be asked the same."""


class _StruckError(Exception):
    """A worker was killed from outside at a short query; one other may be asked the same."""


class Generation:
    """A warm parent that holds one version, and its workers.

    It loads when it is made, by any thread; all else is done by the thread of the event loop.

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
        self._idle = IdleWorkers(settings.warm_workers)
        self._makers: deque[Worker] = deque()
        self._asked = self._short = self._long = self._starting = 0
        self._retired = False
        self._closing: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.forked = self.lost = 0
        self._control, theirs = socket.socketpair()
        self._controlling = ThreadPoolExecutor(1, "control")
        with theirs:
            self._process = start_parent(theirs)
        report = self._load()
        self.graphs: Mapping[str, int] = MappingProxyType(report["graphs"])
        self.triples: int = report["triples"]
        self.load_s: float = report["seconds"]
        self._base_bytes = taken_bytes(self._process.pid)

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

    async def start(self) -> None:
        """Fork the workers that are kept ready.

        Raises:
            ParentLost: The parent died meanwhile.
        """
        self._fill()
        await asyncio.gather(*self._tasks)
        if not len(self._idle):
            raise ParentLost("the parent of the workers is gone")

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep it for the block: it is asked, or will be, even where it is retired."""
        self._asked += 1
        try:
            yield
        finally:
            self._asked -= 1
            self._close_if_unused()

    async def evaluate(self, job: Job, hangup: Hangup, ledger: Ledger) -> bytes:
        """Answer a query in a worker; for the errors see `Pool.evaluate`.

        Raises:
            ParentLost: The parent is dead, and nothing was answered.
            ClientGone: The client hung up.
        """
        allowed_s = hangup.allowance.deadline_s or self._settings.deadline_s
        deadline = hangup.began + allowed_s
        if time.monotonic() >= deadline:
            raise _deadline_exceeded(allowed_s)
        try:
            async with asyncio.timeout_at(deadline):
                header, body = await self._evaluate(job, hangup, ledger)
        except TimeoutError:
            raise _deadline_exceeded(allowed_s) from None
        if "error" in header:
            raise read_error(header)
        return body

    def retire(self) -> None:
        """Take no part in new work, and end when the last query is answered.

        It stays a little longer, for requests that were judged and not yet evaluated.
        """
        asyncio.get_running_loop().call_later(_LINGER_S, self._retire)

    def close(self) -> asyncio.Task[None]:
        """End the parent and, with it, every worker; give what waits for their end."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        return self._closing

    async def _close(self) -> None:
        await asyncio.to_thread(self._end_parent)
        self._lose()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end_parent(self) -> None:
        self._controlling.shutdown()
        self._control.close()
        self._process.wait()

    def _lose(self) -> None:
        """Tell those who wait for a worker that there is none."""
        self._idle.close()

    def _retire(self) -> None:
        self._retired = True
        self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._retired and not self._asked:
            self.close()

    def _do(self, work: Coroutine[None, None, _T]) -> asyncio.Task[_T]:
        """Do what nobody waits for, or not everybody."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # A query.

    async def _evaluate(self, job: Job, hangup: Hangup, ledger: Ledger) -> Frame:
        struck = False
        for _ in range(_TRIES):
            try:
                return await self._evaluate_once(job, hangup, ledger)
            except _NotBegunError:
                continue
            except _StruckError:
                if struck:
                    break
                struck = True
        raise WorkerLost("workers end before they answer", fix="ask again")

    async def _evaluate_once(self, job: Job, hangup: Hangup, ledger: Ledger) -> Frame:
        client = hangup.allowance.client
        worker = await self._take(client, frozenset(job.makes))
        self._short += 1
        given, answer = time.monotonic(), None
        try:
            with hangup.releasing(worker.kill), contextlib.suppress(EOFError):
                answer = await self._make_graphs(worker, job, client) or await self._exchange(
                    worker, job, client, _holding(hangup, ledger)
                )
        finally:
            self._short -= 1
            self._idle.let_go(client)
            self._give_back(worker)
        if answer is None:
            short = time.monotonic() - given < self._settings.patience_s
            raise await self._explain(worker, hangup, short=short)
        if hangup.happened:  # the worker answered, and was killed all the same
            raise ClientGone
        return answer

    async def _make_graphs(self, worker: Worker, job: Job, client: str) -> Frame | None:
        """Have a worker make what a job needs first; give the error where one cannot be made."""
        for graph in job.makes:
            if graph not in worker.made:
                making = Job("", "", None, 0, task=_MAKING, arguments={"graph": graph})
                answer = await self._exchange(worker, making, client, lambda _: None)
                if "error" in answer[0]:
                    return answer
                worker.tired = False  # what it gathered is what it is kept for
                worker.made |= {graph}
        return None

    async def _exchange(
        self, worker: Worker, job: Job, client: str, admit: Callable[[int], None]
    ) -> Frame:
        answer, running_long = worker.ask(job.as_header(), admit), ExitStack()

        def become_long() -> None:
            try:
                if not answer.done():
                    running_long.enter_context(self._running_long(worker, client))
            except Busy as busy:
                answer.set_exception(busy)

        seconds = self._settings.patience_s * _PATIENCE.get(job.task, 1)
        with running_long, patience(worker.pid, seconds, become_long):
            return await answer

    @contextmanager
    def _running_long(self, worker: Worker, client: str) -> Iterator[None]:
        """Make room for shorter queries: this one goes behind, and its place is filled."""
        if self._long >= self._settings.max_long_in_flight:
            raise Busy(
                f"{self._long} long queries are running, as many as may",
                fix="ask again later, or make it more selective",
            )
        self._long += 1
        self._short -= 1
        self._idle.let_go(client)
        put_behind(worker.pid)
        self._fill()
        try:
            with self._watch.watching(worker.pid, self._base_bytes):
                yield
        finally:
            self._long -= 1
            self._short += 1
            self._idle.hold(client)
            gathered = taken_bytes(worker.pid) - self._base_bytes
            worker.tired |= gathered > _TIRED_BYTES

    async def _explain(self, worker: Worker, hangup: Hangup, *, short: bool) -> Exception:
        """Tell why a worker ended before it answered."""
        status, begun = await asyncio.shield(worker.buried) if worker.buried else (0, True)
        if hangup.happened:
            return ClientGone()
        if not self.alive:  # the worker died with its parent; the successor answers
            return ParentLost("the parent of the workers is gone")
        if not begun:
            return _NotBegunError()
        self.lost += 1
        # In so short a time it has taken no memory to speak of: the kill was not for it.
        if short and _is_killed(status):
            return _StruckError()
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

    # Workers that wait.

    async def _take(self, client: str, made: frozenset[str]) -> Worker:
        """Wait for a worker. It is not for long: who takes long leaves a place to fill."""
        maker = self._take_maker(made)
        if maker:
            self._idle.hold(client)
            return maker
        try:
            return await self._idle.take(client)
        except EOFError:
            raise ParentLost("the parent of the workers is gone") from None

    def _take_maker(self, made: frozenset[str]) -> Worker | None:
        """Find an idle worker that has made what is needed; the one that was used last."""
        found = next((w for w in reversed(self._makers) if made and made <= w.made), None)
        if found:
            self._makers.remove(found)
        return found

    def _give_back(self, worker: Worker) -> None:
        if worker.buried:
            pass
        elif worker.busy or worker.tired:
            worker.give_up()
        elif worker.made:
            self._makers.append(worker)
            if len(self._makers) > self._settings.making_workers:
                self._makers.popleft().kill()
        elif len(self._idle) >= self._settings.warm_workers * _SPARE:
            worker.kill()
        else:
            self._idle.offer(worker)
        self._fill()

    # Workers that come and go.

    def _fill(self) -> None:
        """Fork what is missing, so that short queries find a worker ready."""
        ready = len(self._idle) + self._starting + self._short
        for _ in range(0 if self._closing else self._settings.warm_workers - ready):
            self._starting += 1
            self._do(self._start_worker())

    async def _start_worker(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            pid, pipe = await loop.run_in_executor(self._controlling, self._fork)
            worker = Worker(pid, self._bury)
            await loop.create_unix_connection(lambda: worker, sock=pipe)
        except (EOFError, OSError, RuntimeError):
            self._lose()
        else:
            self.forked += 1
            self._idle.offer(worker)
        finally:
            self._starting -= 1

    def _fork(self) -> tuple[int, socket.socket]:
        send_frame(self._control, {"fork": True})
        _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        if not descriptors:
            raise EOFError("the parent of the workers is gone")
        with ExitStack() as unless_told:
            pipe = unless_told.enter_context(socket.socket(fileno=descriptors[0]))
            pid = receive_frame(self._control)[0]["pid"]
            unless_told.pop_all()
        return pid, pipe

    def _bury(self, worker: Worker) -> asyncio.Task[tuple[int, bool]]:
        self._idle.remove(worker)
        if worker in self._makers:
            self._makers.remove(worker)
        self._fill()
        return self._do(self._wait_for(worker))

    async def _wait_for(self, worker: Worker) -> tuple[int, bool]:
        """Give the wait status of a worker that ends, and whether it had begun a query.

        Only the parent may wait for it.
        """
        loop, order, pause_s = asyncio.get_running_loop(), {"end": worker.pid}, _DYING_S
        try:
            while True:
                header = await loop.run_in_executor(self._controlling, self._control_parent, order)
                if "dying" not in header:
                    return int(header["status"]), bool(header["begun"])
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _MAX_DYING_S)
        except (EOFError, OSError, RuntimeError):
            # Its socket closes a moment before it is dead.
            await asyncio.to_thread(self._process.wait)
            return 0, True

    def _control_parent(self, order: Mapping[str, Any]) -> dict[str, Any]:
        send_frame(self._control, order)
        return receive_frame(self._control)[0]

    def _load(self) -> dict[str, Any]:
        order = {
            "files": [str(path) for path in self.served.files],
            "on_disk": str(self.served.on_disk) if self.served.on_disk else None,
            "trusted": self.served.own,
            "max_memory_bytes": self._settings.max_memory_bytes,
            "tasks": self.served.tasks,
            "texts": self.served.texts,
            "functions": self.served.functions,
        }
        try:
            report = self._control_parent(order)
        except (EOFError, OSError):
            self._end_parent()
            raise EntenteError("the process that loads the data ended; is memory short?") from None
        if "what" in report:
            self._end_parent()
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
