"""Workers that wait for a query, and clients that wait for a worker."""

from __future__ import annotations

import asyncio
from collections import Counter

from entente.query.process import Worker


class IdleWorkers:
    """Workers that are ready, handed out so that nobody has to wait for one client's queries.

    One client never gets the last of them, and of those who wait, who holds fewest goes first.
    What is held are workers with queries that are not long: a long one leaves its place to
    another worker. All is done by the thread of the event loop.

    Args:
        kept: How many workers are kept ready.
    """

    def __init__(self, kept: int) -> None:
        self._most = max(1, kept - 1)
        self._workers: list[Worker] = []
        self._waiting: list[tuple[str, asyncio.Future[Worker]]] = []
        self._held = Counter[str]()
        self._closed = False

    def __len__(self) -> int:
        """Count the workers that are ready."""
        return len(self._workers)

    async def take(self, client: str) -> Worker:
        """Wait for a worker, and hold it.

        Args:
            client: Who asks, or an empty string where nobody is to be told apart.

        Raises:
            EOFError: There are none any more.
        """
        if self._closed:
            raise EOFError
        given: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append((client, given))
        self._hand_out()
        try:
            return await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():  # it came too late
                self.let_go(client)
                self.offer(given.result())
            raise

    def offer(self, worker: Worker) -> None:
        """Add a worker that is ready."""
        self._workers.append(worker)
        self._hand_out()

    def remove(self, worker: Worker) -> None:
        """Forget a worker, if it is among them."""
        if worker in self._workers:
            self._workers.remove(worker)

    def hold(self, client: str) -> None:
        """Count a worker that a client holds and that was not taken here."""
        self._held[client] += 1

    def let_go(self, client: str) -> None:
        """Count a worker that a client no longer holds, or whose query is long now."""
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
        self._hand_out()

    def close(self) -> None:
        """Tell those who wait that there are no workers any more."""
        self._closed = True
        for _, given in self._waiting:
            if not given.done():
                given.set_exception(EOFError())
        self._waiting.clear()

    def _hand_out(self) -> None:
        while self._workers and self._waiting:
            self._waiting = [pair for pair in self._waiting if not pair[1].done()]
            able = [pair for pair in self._waiting if self._may_take(pair[0])]
            if not able:
                return
            client, given = first = min(able, key=lambda pair: self._held[pair[0]])
            self._waiting.remove(first)
            self.hold(client)
            given.set_result(self._workers.pop())

    def _may_take(self, client: str) -> bool:
        return not client or self._held[client] < self._most
