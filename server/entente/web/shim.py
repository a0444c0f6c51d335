"""The layer between connections and what answers them.

Kept answers are given from here, without a thread and, where the bytes of a request are known,
without reading it. Queries are answered in the event loop; all else takes a thread and goes to
Flask.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException, UnsupportedMediaType
from werkzeug.wrappers import Response

from entente.config import Settings
from entente.errors import Busy, ClientBusy, EntenteError
from entente.query.hangup import ClientGone
from entente.query.pool import Pool
from entente.web.answers import Answers
from entente.web.cache import Cache, Kept, Key, Repeat
from entente.web.connection import Connection
from entente.web.direct import Direct
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.fairness import Token, allow, name_client
from entente.web.log import RequestLog, hash_query
from entente.web.metrics import CONTENT_TYPE, Metrics
from entente.web.problem import (
    MEDIA_TYPE,
    answer_error,
    answer_http_error,
    write_problem_page,
)
from entente.web.site import accepts_html
from entente.web.wire import (
    CLIENT_GONE,
    Answer,
    Asked,
    Clock,
    Headers,
    make_environ,
    name_outcome,
    read_base,
    write_head,
)

_KEPT_METHODS = ("GET", "HEAD", "POST")
#: The header that names the query of an answer; the log has the same name.
QUERY_HEADER = "Entente-Query"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: Answers up to this are written at once; of each connection one may wait to be taken.
_AT_ONCE_BYTES = 64 * 1024
_PLAIN = (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"))


class Shim:
    """Answers what connections have read: from what is kept, at once, or by Flask in threads.

    All but Flask runs in the thread of the event loop.

    Args:
        flask: The application.
        pool: Where queries are evaluated.
        answers: What is recorded of answers.
        settings: Limits on requests and kept answers.
        log: Where each request is noted.
        tokens: Those that allow more.
    """

    def __init__(
        self,
        flask: Flask,
        pool: Pool,
        answers: Answers,
        settings: Settings,
        log: RequestLog,
        tokens: Sequence[Token] = (),
    ) -> None:
        self._flask = flask
        self._pool = pool
        self._settings = settings
        self._base = read_base(settings)
        self._log = log
        self._tokens = tokens
        self._cache = Cache(settings.cache_bytes)
        # As many threads again as queries run: for those that wait, and for pages.
        self._places = settings.max_in_flight * 2 + 8
        self._client_places = max(1, self._places // 2)
        self._threads = ThreadPoolExecutor(self._places, "request")
        self._direct = Direct(pool, answers, settings, self._base, self._threads)
        self._clients: Counter[str] = Counter()
        self._metrics = Metrics(pool, lambda: self.waiting)
        self._clock = Clock()
        self._server_name, self._numbers = secrets.token_hex(4), itertools.count()
        self._stopping = False
        self._last = time.perf_counter()

    @property
    def quiet_s(self) -> float:
        """For how many seconds nobody has asked anything, and nothing is being answered."""
        return 0.0 if self.waiting else time.perf_counter() - self._last

    @property
    def waiting(self) -> int:
        """The number of requests that are being answered."""
        return self._clients.total()

    def repeat(self, raw: bytes, address: str) -> bytes | None:
        """Answer a request that is known by its bytes, or give None."""
        started = self._last = time.perf_counter()
        found = self._cache.find_repeat(raw)
        if found is None or found[0].key[0] != self._pool.version or self._stopping:
            return None
        repeat, kept = found
        name = self._name_request()
        head, body = (kept.unchanged, b"") if repeat.unchanged else (kept.head, kept.body)
        outcome = "unchanged" if repeat.unchanged else "kept"
        seconds = time.perf_counter() - started
        self._metrics.count(outcome, seconds, len(body))
        if self._log.wanted:
            client = repeat.token or name_client({}, address, self._settings)
            asked = Asked(repeat.method, repeat.path, b"", {}, b"", "", address, True, started)
            asked.id, asked.query, asked.size, asked.outcome = name, kept.query, len(body), outcome
            asked.status = HTTPStatus.NOT_MODIFIED if repeat.unchanged else HTTPStatus.OK
            self._write_line(asked, client, seconds)
        return b"%bX-Request-Id: %b\r\n%b\r\n%b" % (head, name.encode(), self._clock.line(), body)

    def begin(self, asked: Asked, connection: Connection) -> Coroutine[None, None, None] | None:
        """Answer a request at once, or give what will answer it."""
        self._last = asked.started
        given = asked.headers.get("x-request-id", "")
        asked.id = given if _REQUEST_ID.fullmatch(given) else self._name_request()
        try:
            answer = self._answer_at_once(asked)
        except HTTPException as error:
            answer = self._answer_of(asked, answer_http_error(error))
        except EntenteError as error:
            answer = self._answer_of(asked, answer_error(error))
        if answer is None or len(answer.body) > _AT_ONCE_BYTES:
            return self._answer(asked, connection, answer)
        self._stamp(asked, answer)
        asked.size = len(answer.body)
        connection.write(answer.head + answer.body)
        self._note(asked)
        return None

    def refuse(self, error: HTTPException, address: str, headers: Mapping[str, str]) -> bytes:
        """Write the answer to what is no request, as far as its headers were read."""
        asked = Asked("-", "-", b"", headers, b"", "1.1", address, False, time.perf_counter())
        asked.id = self._name_request()
        answer = self._answer_of(asked, answer_http_error(error))
        self._stamp(asked, answer)
        asked.size = len(answer.body)
        self._note(asked)
        return answer.head + answer.body

    async def drain(self) -> None:
        """Take no new request, and wait for those under way as long as the settings allow."""
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.stop_grace_s):
                while self.waiting:
                    await asyncio.sleep(0.02)

    def close(self) -> None:
        """Wait for the requests that are being answered."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    # What needs no thread.

    def _answer_at_once(self, asked: Asked) -> Answer | None:
        if watched := self._tell_state(asked):
            return watched
        _check_coding(asked)
        asked.hangup.allowance = allow(
            asked.headers,
            asked.address,
            asked.query_string,
            asked.body,
            self._settings,
            self._tokens,
        )
        key = self._key(asked)
        kept = self._cache.get(key) if asked.method in _KEPT_METHODS else None
        return self._answer_kept(asked, key, kept) if kept else None

    def _tell_state(self, asked: Asked) -> Answer | None:
        """Answer those who watch the server, whatever else it has to do."""
        path = self._base.strip(asked.path)
        if path == "/healthz":
            return self._make_answer(asked, HTTPStatus.OK, _PLAIN, b"ok\n")
        if path == "/readyz":
            ready = self._pool.current.alive and not self._stopping
            status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
            return self._make_answer(asked, status, _PLAIN, b"ready\n" if ready else b"not ready\n")
        if path == "/metrics":
            headers = (("Content-Type", CONTENT_TYPE), _PLAIN[1])
            return self._make_answer(asked, HTTPStatus.OK, headers, self._metrics.write())
        return None

    def _answer_kept(self, asked: Asked, key: Key, kept: Kept) -> Answer:
        asked.query = kept.query
        unchanged = _matches(asked.headers.get("if-none-match", ""), kept.etag)
        asked.outcome = "unchanged" if unchanged else "kept"
        small = len(kept.body) <= _AT_ONCE_BYTES
        repeatable = asked.method != "HEAD" and asked.keep_alive and asked.version == "1.1"
        if asked.raw and small and repeatable and "x-request-id" not in asked.headers:
            named = self._settings.client_header or "authorization" in asked.headers
            token = asked.hangup.allowance.client if named else ""
            repeat = Repeat(key, unchanged, asked.method, asked.path, token)
            self._cache.put_repeat(asked.raw, repeat)
        if unchanged:
            return Answer(HTTPStatus.NOT_MODIFIED, kept.unchanged, b"")
        body = b"" if asked.method == "HEAD" else kept.body
        if not small:
            self._pool.ledger.hold(len(body))
            asked.hangup.held_bytes += len(body)
        return Answer(HTTPStatus.OK, kept.head, body)

    def _key(self, asked: Asked) -> Key:
        headers = asked.headers
        return (
            self._pool.version,
            asked.method == "POST",
            asked.path,
            asked.query_string,
            headers.get("host", ""),  # the front page names it
            headers.get("accept", ""),
            headers.get("accept-encoding", ""),
            headers.get("content-type", ""),
            asked.body,
        )

    # What is not kept.

    async def _answer(self, asked: Asked, connection: Connection, answer: Answer | None) -> None:
        try:
            if answer is None:
                answer = await self._make(asked)
            self._stamp(asked, answer)
            if not await self._send(asked, connection, answer):
                asked.outcome = "not-taken"
        except ClientGone:
            asked.outcome = "gone"
        finally:
            self._pool.settle(asked.hangup)
            self._note(asked)

    async def _send(self, asked: Asked, connection: Connection, answer: Answer) -> bool:
        """Send an answer; say whether the client took it, or will take it, since it is small."""
        timeout_s = self._settings.send_timeout_s
        if answer.parts:
            asked.size, taken = await connection.send_parts(answer.head, answer.parts, timeout_s)
            return taken
        if len(answer.body) > _AT_ONCE_BYTES:
            asked.size = await connection.send(answer.head, answer.body, timeout_s)
            return asked.size == len(answer.body)
        if asked.hangup.happened:
            raise ClientGone
        connection.write(answer.head + answer.body)
        asked.size = len(answer.body)
        return True

    async def _make(self, asked: Asked) -> Answer:
        exchange, key = Exchange(asked.hangup), self._key(asked)
        asked.hangup.began = time.monotonic()
        try:
            with self._placed(asked.hangup.allowance.client):
                status, headers, content = await self._ask(asked, exchange)
        except EntenteError as error:
            return self._answer_of(asked, answer_error(error))
        if exchange.query:
            asked.query, asked.text = hash_query(exchange.query), exchange.query
            headers = (*headers, (QUERY_HEADER, asked.query))
        answer = self._make_answer(asked, status, headers, content)
        answer.parts = exchange.parts if asked.method != "HEAD" else None
        if exchange.keep and exchange.version == key[0] and asked.method != "HEAD":
            etag = dict(headers)["ETag"]
            self._cache.put(key, Kept(etag, asked.query, answer.head, headers, content))
        return answer

    async def _ask(self, asked: Asked, exchange: Exchange) -> tuple[int, Headers, bytes]:
        if self._direct.takes(asked):
            reply = await self._direct.answer(asked, exchange)
            if reply:
                return reply.status, tuple(reply.headers), reply.body
        environ = make_environ(asked, self._settings, self._base) | {EXCHANGE: exchange}
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._run_flask, environ)
        if answer[0] == CLIENT_GONE:
            raise ClientGone
        return answer

    @contextmanager
    def _placed(self, client: str) -> Iterator[None]:
        self._check_places(client)
        self._clients[client] += 1
        try:
            yield
        finally:
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    def _check_places(self, client: str) -> None:
        if self._stopping:
            raise Busy("the endpoint is closing", fix="ask again in a moment")
        if self.waiting >= self._places:
            raise Busy("too many requests are being answered", fix="ask again in a second")
        if self._clients[client] >= self._client_places:
            raise ClientBusy(
                f"{self._client_places} requests of yours are being answered, as many as may",
                fix="wait for their answers",
            )

    def _run_flask(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
        started: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
            started.append((int(status.split(" ", 1)[0]), tuple(headers)))

        answer = self._flask.wsgi_app(environ, start_response)
        try:
            content = b"".join(answer)
        finally:
            close = getattr(answer, "close", None)
            if close:
                close()
        status, headers = started[-1]
        return status, headers, content

    # How an answer is written and noted.

    def _answer_of(self, asked: Asked, response: Response) -> Answer:
        """Answer with a problem, which is a page for browsers."""
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.vary.add("Accept")
        problem, status = response.get_data(), response.status_code
        answer = self._make_answer(asked, status, tuple(response.headers), problem)
        if response.mimetype != MEDIA_TYPE or not accepts_html(asked.headers.get("accept")):
            return answer
        outcome = asked.outcome
        response.content_type = "text/html; charset=utf-8"
        page = write_problem_page(json.loads(problem))
        response.content_length = len(page)
        answer = self._make_answer(asked, status, tuple(response.headers), page)
        asked.outcome = outcome
        return answer

    def _make_answer(self, asked: Asked, status: int, headers: Headers, content: bytes) -> Answer:
        asked.outcome = name_outcome(status, headers, content)
        head_only = asked.method == "HEAD"
        head = write_head(status, headers, content, head_only=head_only)
        return Answer(int(status), head, b"" if head_only else content)

    def _stamp(self, asked: Asked, answer: Answer) -> None:
        """Write what differs from one answer to the next; the answer is changed in place."""
        asked.status = answer.status
        lines = b"X-Request-Id: %b\r\n%b" % (asked.id.encode(), self._clock.line())
        if not asked.keep_alive:
            lines += b"Connection: close\r\n"
        elif asked.version == "1.0":
            lines += b"Connection: keep-alive\r\n"
        answer.head += lines + b"\r\n"

    def _name_request(self) -> str:
        return f"{self._server_name}{next(self._numbers):08x}"

    def _note(self, asked: Asked) -> None:
        seconds = time.perf_counter() - asked.started
        self._metrics.count(asked.outcome, seconds, asked.size)
        if self._log.wanted:
            self._write_line(asked, asked.hangup.allowance.client or asked.address, seconds)

    def _write_line(self, asked: Asked, client: str, seconds: float) -> None:
        fields: dict[str, object] = {
            "id": asked.id,
            "client": client,
            "method": asked.method,
            "path": asked.path[:200],
            "status": asked.status,
            "outcome": asked.outcome,
            "ms": round(seconds * 1000, 2),
            "bytes": asked.size,
            "query": asked.query,
        }
        if self._settings.log_query == "text":
            fields["text"] = asked.text
        self._log.write(fields)


def _check_coding(asked: Asked) -> None:
    """Refuse a body that is compressed: nobody here unpacks it.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-415-unsupported-media-type
    """
    coding = asked.headers.get("content-encoding", "identity").lower()
    if asked.body and coding != "identity":
        raise UnsupportedMediaType(
            f"a body with Content-Encoding {coding[:40]} is not read here; send it as it is"
        )


def _matches(if_none_match: str, etag: str) -> bool:
    asked = {tag.strip() for tag in if_none_match.split(",")}
    return etag in asked or "*" in asked or etag.removeprefix("W/") in asked
