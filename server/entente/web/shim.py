"""The thin ASGI layer between granian and Flask.

As plain WSGI under granian, eight slow bodies hang the server and a client that hangs
up goes unseen. So bodies are read here, with a cap and a deadline; kept answers are
given from here; and only a whole request takes a thread.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.exceptions import (
    HTTPException,
    RequestEntityTooLarge,
    RequestTimeout,
    RequestURITooLarge,
)

from entente.config import Settings
from entente.errors import Busy, ClientBusy, EntenteError
from entente.query.hangup import ClientGone, Hangup
from entente.query.pool import Pool
from entente.web.cache import Cache, Kept
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.fairness import Token, allow
from entente.web.log import RequestLog, hash_query
from entente.web.metrics import CONTENT_TYPE, Metrics
from entente.web.problem import answer_error, answer_http_error
from entente.web.wire import (
    CLIENT_GONE,
    Asked,
    Headers,
    Receive,
    Scope,
    Send,
    has_body,
    make_environ,
    name_outcome,
    read_body,
    read_headers,
    send_answer,
)

_KEPT_METHODS = ("GET", "HEAD", "POST")
#: The header that names the query of an answer; the log has the same name.
QUERY_HEADER = "Entente-Query"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Shim:
    """An ASGI application that calls Flask in threads.

    Args:
        flask: The application.
        pool: Where queries are evaluated.
        settings: Limits on bodies, targets and kept answers.
        log: Where each request is noted.
        tokens: Those that allow more.
    """

    def __init__(
        self,
        flask: Flask,
        pool: Pool,
        settings: Settings,
        log: RequestLog,
        tokens: Sequence[Token] = (),
    ) -> None:
        self._flask = flask
        self._pool = pool
        self._settings = settings
        self._log = log
        self._tokens = tokens
        self._cache = Cache(settings.cache_bytes)
        # As many threads again as queries run: for those that wait, and for pages.
        self._places = settings.max_in_flight * 2 + 8
        self._client_places = max(1, self._places // 2)
        self._threads = ThreadPoolExecutor(self._places, "request")
        self._clients: Counter[str] = Counter()
        self._metrics = Metrics(pool, lambda: self.waiting)
        self._stopping = False

    @property
    def waiting(self) -> int:
        """The number of requests that are being answered."""
        return self._clients.total()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        started, headers = time.perf_counter(), read_headers(scope)
        given = headers.get("x-request-id", "")
        name = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        asked = Asked(scope, headers, name, Hangup())
        try:
            await self._answer_or_explain(asked, receive, send)
        except ClientGone:
            asked.outcome = "gone"
        finally:
            self._pool.settle(asked.hangup)
            self._note(asked, time.perf_counter() - started)

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

    async def _answer_or_explain(self, asked: Asked, receive: Receive, send: Send) -> None:
        try:
            await self._answer(asked, receive, send)
        except HTTPException as error:
            response = answer_http_error(error)
            if isinstance(error, RequestEntityTooLarge | RequestTimeout):
                # The rest of the body is still on its way, and nobody reads it.
                response.headers["Connection"] = "close"
            await self._send_response(asked, send, response)
        except EntenteError as error:
            await self._send_response(asked, send, answer_error(error))

    async def _answer(self, asked: Asked, receive: Receive, send: Send) -> None:
        scope, headers = asked.scope, asked.headers
        if len(scope["raw_path"]) + len(scope["query_string"]) > self._settings.max_target_bytes:
            raise RequestURITooLarge(
                f"the target is longer than {self._settings.max_target_bytes} bytes; "
                "send the query in the body of a POST"
            )
        if watched := self._tell_state(scope["path"]):
            await send_answer(asked, send, *watched)
            return
        body = await read_body(headers, receive, self._settings) if has_body(headers) else b""
        asked.hangup.began = time.monotonic()
        asked.hangup.allowance = allow(
            headers,
            (scope.get("client") or ("",))[0],
            scope["query_string"],
            body,
            self._settings,
            self._tokens,
        )
        key = self._key(scope, headers, body)
        kept = self._cache.get(key) if scope["method"] in _KEPT_METHODS else None
        if kept:
            await self._send_kept(asked, kept, send)
            return
        exchange = Exchange(asked.hangup)
        environ = make_environ(asked, body, self._settings) | {EXCHANGE: exchange}
        status, answered, content = await self._call_flask(environ, exchange, receive)
        if exchange.query:
            asked.query, asked.text = hash_query(exchange.query), exchange.query
            answered = (*answered, (QUERY_HEADER, asked.query))
        if exchange.keep and exchange.version == key[0] and scope["method"] != "HEAD":
            self._cache.put(key, Kept(dict(answered)["ETag"], answered, content))
        asked.outcome = name_outcome(status, answered, content)
        await self._send_timed(asked, send, status, answered, content)

    def _tell_state(self, path: str) -> tuple[int, Headers, bytes] | None:
        """Answer those who watch the server, whatever else it has to do."""
        plain = (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"))
        if path == "/healthz":
            return HTTPStatus.OK, plain, b"ok\n"
        if path == "/readyz":
            ready = self._pool.current.alive and not self._stopping
            status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
            return status, plain, b"ready\n" if ready else b"not ready\n"
        if path == "/metrics":
            return HTTPStatus.OK, (("Content-Type", CONTENT_TYPE), plain[1]), self._metrics.write()
        return None

    def _note(self, asked: Asked, seconds: float) -> None:
        self._metrics.count(asked.outcome, seconds, asked.size)
        fields: dict[str, object] = {
            "id": asked.id,
            "client": asked.hangup.allowance.client,
            "method": asked.scope["method"],
            "path": asked.scope["path"][:200],
            "status": asked.status,
            "outcome": asked.outcome,
            "ms": round(seconds * 1000, 2),
            "bytes": asked.size,
            "query": asked.query,
        }
        if self._settings.log_query == "text":
            fields["text"] = asked.text
        self._log.write(fields)

    def _key(self, scope: Scope, headers: Mapping[str, str], body: bytes) -> tuple[object, ...]:
        return (
            self._pool.current.served.version,
            scope["method"] == "POST",
            scope["path"],
            scope["query_string"],
            headers.get("accept", ""),
            headers.get("accept-encoding", ""),
            headers.get("content-type", ""),
            body,
        )

    async def _call_flask(
        self, environ: dict[str, Any], exchange: Exchange, receive: Receive
    ) -> tuple[int, Headers, bytes]:
        client = exchange.hangup.allowance.client
        self._check_places(client)
        self._clients[client] += 1
        watch = asyncio.ensure_future(_watch_hangup(receive, exchange))
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._run_flask, environ)
        finally:
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]
            watch.cancel()

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

    async def _send_response(self, asked: Asked, send: Send, response: Any) -> None:
        response.headers["Access-Control-Allow-Origin"] = "*"
        status, content = response.status_code, response.get_data()
        headers = tuple(response.headers)
        asked.outcome = name_outcome(status, headers, content)
        await self._send_timed(asked, send, status, headers, content)

    async def _send_kept(self, asked: Asked, kept: Kept, send: Send) -> None:
        asked.query = dict(kept.headers).get(QUERY_HEADER, "")
        if _matches(asked.headers.get("if-none-match", ""), kept.etag):
            passed = tuple(pair for pair in kept.headers if not pair[0].startswith("Content-"))
            asked.outcome = "unchanged"
            await send_answer(asked, send, HTTPStatus.NOT_MODIFIED, passed, b"")
        else:
            asked.outcome = "kept"
            self._pool.ledger.hold(len(kept.body))
            asked.hangup.held_bytes += len(kept.body)
            await self._send_timed(asked, send, HTTPStatus.OK, kept.headers, kept.body)

    async def _send_timed(
        self, asked: Asked, send: Send, status: int, headers: Headers, content: bytes
    ) -> None:
        if status == CLIENT_GONE:
            raise ClientGone
        await send_answer(asked, send, status, headers, content, self._settings.send_timeout_s)


async def _watch_hangup(receive: Receive, exchange: Exchange) -> None:
    with suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            pass
        exchange.hangup.tell()


def _matches(if_none_match: str, etag: str) -> bool:
    asked = {tag.strip() for tag in if_none_match.split(",")}
    return etag in asked or "*" in asked or etag.removeprefix("W/") in asked
