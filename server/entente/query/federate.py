"""Fetch the rows of each SERVICE of a query, so that a worker can answer it without a socket."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from entente.errors import LimitExceeded, QueryTooCostly, ServiceFailed, ServiceLoop
from entente.query.execute import Job
from entente.query.generation import Generation
from entente.query.hangup import Hangup
from entente.query.pool import Pool
from entente.query.services import Call, Plan
from entente.query.splice import Table

_EMPTY_DATASET = ((), ())


def gather(
    pool: Pool, generation: Generation, job: Job, plan: Plan, hops: int, hangup: Hangup
) -> Job:
    """Make the job that answers a query with SERVICE from the one that has it.

    Each step takes a worker only while it evaluates, never while a remote endpoint is asked.

    Args:
        pool: Where the local steps run.
        generation: The data set.
        job: The query as it is.
        plan: Its calls.
        hops: How many endpoints it came through.
        hangup: Tells when the client is gone, and what it may take.

    Raises:
        ServiceLoop: It came through too many endpoints.
        ServiceFailed: An endpoint fails, and is not SILENT.
        EntenteError: For the rest see `Pool.evaluate`.
    """
    pool.remotes.check_hops(hops)
    pool.evaluate(generation, replace(job, query=plan.checked, dataset=_EMPTY_DATASET), hangup)
    gathering = _Gathering(pool, generation, job, plan, hops, hangup)
    for call in plan.calls:
        gathering.fetch(call)
    return gathering.finish()


class _Gathering:
    """The rows so far, changed in place."""

    def __init__(
        self,
        pool: Pool,
        generation: Generation,
        job: Job,
        plan: Plan,
        hops: int,
        hangup: Hangup,
    ) -> None:
        self._pool = pool
        self._generation = generation
        self._job = job
        self._plan = plan
        self._hops = hops
        self._hangup = hangup
        self._calls_left = pool.settings.max_service_calls
        self._tables: dict[int, Table] = {}

    def finish(self) -> Job:
        tables = tuple(asdict(table) for table in self._tables.values())
        return replace(self._job, query=self._plan.local, tables=tables)

    def fetch(self, call: Call) -> None:
        start, answers, failed = call.element.start, list[tuple[str, str]](), False
        for block in self._blocks(call):
            try:
                answers.append(self._ask(call, block, sum(len(text) for _, text in answers)))
            except (ServiceFailed, ServiceLoop, LimitExceeded):
                if not call.element.silent:
                    raise
                failed = True
                break
        self._tables[start] = Table(
            start,
            call.endpoint,
            call.columns,
            tuple(answers),
            call.element.silent,
            failed,
            self._pool.settings.max_service_rows,
            secrets.token_hex(8),
        )

    def _ask(self, call: Call, block: str, taken_bytes: int) -> tuple[str, str]:
        settings, allowance = self._pool.settings, self._hangup.allowance
        if not self._calls_left:
            raise QueryTooCostly(
                f"SERVICE <{call.endpoint}>: it would be asked again for more values, and a query "
                f"may cause {settings.max_service_calls} calls",
                fix="put fewer solutions before the SERVICE",
            )
        self._calls_left -= 1
        until = self._hangup.began + (allowance.deadline_s or settings.deadline_s)
        with self._pool.calling(allowance.client, until):
            return self._pool.remotes.ask(
                call.endpoint,
                self._plan.remote_query(call, block, settings.max_service_rows),
                self._hops,
                max(1, settings.max_service_bytes - taken_bytes),
                until,
                self._hangup,
            )

    def _blocks(self, call: Call) -> Iterator[str]:
        """Give the values to ask for, as VALUES blocks; none where nothing could fit."""
        if not call.shared:
            yield ""
            return
        settings = self._pool.settings
        limit = settings.max_service_bindings * settings.max_service_calls
        names, rows = self._find_bindings(call, limit + 1)
        if not names:
            yield ""
            return
        head = f"VALUES ({' '.join(names)})"
        size = settings.max_service_bindings
        for at in range(0, len(rows), size):
            yield f"{head} {{ {' '.join(f'({row})' for row in rows[at : at + size])} }}"

    def _find_bindings(self, call: Call, limit: int) -> tuple[list[str], list[str]]:
        query, places = self._plan.binding_query(call, limit)
        tables = [
            asdict(replace(self._tables[start], at=at))
            for start, at in places.items()
            if start in self._tables
        ]
        job = replace(
            self._job,
            query=query,
            format="tsv",
            tables=tuple(tables),
            partial_s=None,
            max_rows=None,
        )
        text = self._pool.evaluate(self._generation, job, self._hangup).decode()
        self._pool.settle(self._hangup)
        head, *lines = text.split("\n")
        if len(lines) - 1 == limit:  # there are more: the endpoint is asked for all that it has
            return [], []
        return choose_bindings(head.split("\t"), [line.split("\t") for line in lines[:-1]])


def choose_bindings(
    names: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[list[str], list[str]]:
    """Choose the columns whose values are sent to a remote endpoint, and write their rows.

    Sent are IRIs and texts that are bound in every row: engines write them in one way only.
    A row with a blank node is left out, since no remote endpoint has it.

    >>> choose_bindings(["?a", "?b"], [["<urn:x>", "1"], ["<urn:x>", "2"], ["_:b", "3"]])
    (['?a'], ['<urn:x>'])
    """
    kept = [
        at
        for at in range(len(names))
        if all(_is_sent(row[at]) or row[at].startswith("_:") for row in rows)
    ]
    found = dict.fromkeys(tuple(row[at] for at in kept) for row in rows)
    sent = [" ".join(row) for row in found if not any(cell.startswith("_:") for cell in row)]
    return [names[at] for at in kept], sent


def _is_sent(cell: str) -> bool:
    if cell.startswith("<") and not cell.startswith("<<"):
        return True
    text, _, tail = cell.rpartition('"')
    return text.startswith('"') and (not tail or (tail.startswith("@") and "-" not in tail))
