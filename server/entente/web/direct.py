"""Queries that programs send to /sparql, answered in the event loop. Flask answers all else.

What would hold up the loop goes to a thread: requests and answers that are long, and calls of
remote endpoints.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from functools import cache, partial
from typing import TypeVar

from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.sansio.utils import get_host
from werkzeug.wrappers import Response

from entente.config import Settings
from entente.errors import EntenteError
from entente.query.formats import Format
from entente.query.hangup import ClientGone, Hangup
from entente.query.pool import Pool
from entente.query.protocol import parse_request
from entente.query.remote import HOP_HEADER
from entente.web.answers import Answers
from entente.web.endpoint import Judged, answer, choose, judge, make_job, name_endpoint, read_hops
from entente.web.exchange import Exchange
from entente.web.problem import answer_error, answer_http_error
from entente.web.responses import (
    Draft,
    Reply,
    client_has,
    draft_reply,
    finish_reply,
    write_reply,
)
from entente.web.site import prefers_html
from entente.web.wire import Asked, Base

_log = logging.getLogger(__name__)
_PATH = "/sparql"
_METHODS = ("GET", "HEAD", "POST")
#: What is examined in the event loop: it takes less than a millisecond.
_SHORT_REQUEST_BYTES = 2_000
_SHORT_ANSWER_BYTES = 64 * 1024
_T = TypeVar("_T")


class Direct:
    """Answers what programs ask at /sparql.

    Args:
        pool: Where queries are evaluated.
        answers: What is recorded of answers.
        settings: Of the server.
        base: The address under which clients reach the server.
        threads: Where what takes long is done.
    """

    def __init__(
        self, pool: Pool, answers: Answers, settings: Settings, base: Base, threads: Executor
    ) -> None:
        self._pool = pool
        self._answers = answers
        self._base = base
        self._here = (settings.host, settings.port)
        self._threads = threads

    def takes(self, asked: Asked) -> bool:
        """Say whether a request is answered here, if it has a query."""
        return (
            asked.method in _METHODS
            and self._base.strip(asked.path) == _PATH
            and not prefers_html(asked.method, asked.headers.get("accept"))
        )

    async def answer(self, asked: Asked, exchange: Exchange) -> Reply | None:
        """Answer a request, or give None where it has no query.

        Raises:
            ClientGone: The client hung up.
        """
        reply: Reply | None
        try:
            reply = await self._answer(asked, exchange)
        except ClientGone:
            raise
        except EntenteError as error:
            reply = _reply_of(answer_error(error))
        except HTTPException as error:
            reply = _reply_of(answer_http_error(error))
        except Exception:  # a bug: the log gets its traceback
            _log.exception("%s %s could not be answered", asked.method, asked.path[:200])
            reply = _reply_of(answer_http_error(InternalServerError()))
        if reply:
            finish = partial(finish_reply, reply, asked.headers.get("accept-encoding"))
            await self._do(finish, short=len(reply.body) <= _SHORT_ANSWER_BYTES)
        return reply

    async def _answer(self, asked: Asked, exchange: Exchange) -> Reply | None:
        short = len(asked.query_string) + len(asked.body) <= _SHORT_REQUEST_BYTES
        prepared = await self._do(partial(self._prepare, asked, exchange), short=short)
        if prepared is None:
            return None
        judged, chosen = prepared
        draft = cache(partial(self._draft, judged, chosen))
        body = None
        if not client_has(judged, chosen, asked.headers.get("if-none-match")):
            asyncio.get_running_loop().call_soon(draft)  # while a worker evaluates the query
            body = await self._evaluate(judged, chosen, asked.hangup)
        most = self._pool.settings.max_cached_answer_bytes
        return write_reply(draft(), body, exchange, most)

    def _draft(self, judged: Judged, chosen: Format) -> Draft:
        return draft_reply(judged, chosen, self._answers.cite(judged, self._base.prefix))

    def _prepare(self, asked: Asked, exchange: Exchange) -> tuple[Judged, Format] | None:
        headers = asked.headers
        target = asked.query_string.decode("latin-1")
        read = parse_request(asked.method, target, headers.get("content-type"), asked.body)
        if read.query is None:
            return None
        exchange.query = read.query
        scheme, path = self._base.scheme, self._base.prefix + _PATH
        host = get_host(scheme, self._base.host or headers.get("host"), self._here)
        hops = read_hops(headers.get(HOP_HEADER.lower()))
        judged = judge(self._pool, read, read.query, name_endpoint(scheme, host, path), hops)
        return judged, choose(judged, headers.get("accept"))

    async def _evaluate(self, judged: Judged, chosen: Format, hangup: Hangup) -> bytes:
        if judged.plan:
            return await self._do(partial(answer, self._pool, judged, chosen, hangup), short=False)
        job = make_job(self._pool, judged, chosen, hangup)
        return await self._pool.answer(judged.generation, job, hangup)

    async def _do(self, work: Callable[[], _T], *, short: bool) -> _T:
        if short:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _reply_of(response: Response) -> Reply:
    body = response.get_data()
    headers = [pair for pair in response.headers if pair[0] != "Content-Length"]
    return Reply(response.status_code, headers, body)
