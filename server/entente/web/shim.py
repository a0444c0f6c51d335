"""The thin ASGI layer between granian and Flask.

As plain WSGI under granian, eight slow bodies hang the server and a client that hangs
up goes unseen. So bodies are read here, with a cap and a deadline; kept answers are
given from here; and only a whole request takes a thread.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask
from werkzeug.exceptions import (
    HTTPException,
    RequestEntityTooLarge,
    RequestTimeout,
    RequestURITooLarge,
)

from entente.config import Settings
from entente.errors import Busy, EntenteError
from entente.query.hangup import ClientGone
from entente.web.cache import Cache, Kept
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.problem import answer_error, answer_http_error

_log = logging.getLogger(__name__)
_KEPT_METHODS = ("GET", "HEAD", "POST")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = tuple[tuple[str, str], ...]


class Shim:
    """An ASGI application that calls Flask in threads.

    Args:
        flask: The application.
        version: Gives the version in service, which every kept answer hangs on.
        settings: Limits on bodies, targets and kept answers.
    """

    def __init__(self, flask: Flask, version: Callable[[], str], settings: Settings) -> None:
        self._flask = flask
        self._version = version
        self._settings = settings
        self._cache = Cache(settings.cache_bytes)
        # As many threads again as queries run: for those that wait, and for pages.
        self._places = settings.max_in_flight * 2 + 8
        self._threads = ThreadPoolExecutor(self._places, "request")
        self._taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            await self._answer(scope, receive, send)
        except ClientGone:
            return
        except HTTPException as error:
            response = answer_http_error(error)
            if isinstance(error, RequestEntityTooLarge | RequestTimeout):
                # The rest of the body is still on its way, and nobody reads it.
                response.headers["Connection"] = "close"
            await self._send_response(scope, send, response)
        except EntenteError as error:
            await self._send_response(scope, send, answer_error(error))

    def close(self) -> None:
        """Wait for the requests that are being answered."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _read_headers(scope)
        if len(scope["raw_path"]) + len(scope["query_string"]) > self._settings.max_target_bytes:
            raise RequestURITooLarge(
                f"the target is longer than {self._settings.max_target_bytes} bytes; "
                "send the query in the body of a POST"
            )
        body = await self._read_body(headers, receive) if _has_body(headers) else b""
        key = self._key(scope, headers, body)
        kept = self._cache.get(key) if scope["method"] in _KEPT_METHODS else None
        if kept:
            await _send_kept(scope, headers, kept, send)
            return
        exchange = Exchange()
        environ = self._environ(scope, headers, body, exchange)
        status, answered, content = await self._call_flask(environ, exchange, receive)
        if exchange.keep and exchange.version == key[0] and scope["method"] != "HEAD":
            self._cache.put(key, Kept(dict(answered)["ETag"], answered, content))
        await _send(scope, send, status, answered, content)

    def _key(self, scope: Scope, headers: Mapping[str, str], body: bytes) -> tuple[object, ...]:
        return (
            self._version(),
            scope["method"] == "POST",
            scope["path"],
            scope["query_string"],
            headers.get("accept", ""),
            headers.get("content-type", ""),
            body,
        )

    async def _read_body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        cap = self._settings.max_body_bytes
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > cap:
            raise _too_large(cap)
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                return await _collect_body(receive, cap)
        except TimeoutError:
            raise RequestTimeout(
                f"the body did not arrive within {self._settings.body_timeout_s:g} s"
            ) from None

    async def _call_flask(
        self, environ: dict[str, Any], exchange: Exchange, receive: Receive
    ) -> tuple[int, Headers, bytes]:
        if self._taken >= self._places:
            raise Busy("too many requests are being answered", fix="ask again in a second")
        self._taken += 1
        watch = asyncio.ensure_future(_watch_hangup(receive, exchange))
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._run_flask, environ)
        finally:
            self._taken -= 1
            watch.cancel()

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

    async def _send_response(self, scope: Scope, send: Send, response: Any) -> None:
        response.headers["Access-Control-Allow-Origin"] = "*"
        content = response.get_data()
        await _send(scope, send, response.status_code, tuple(response.headers), content)

    def _environ(
        self, scope: Scope, headers: Mapping[str, str], body: bytes, exchange: Exchange
    ) -> dict[str, Any]:
        server = scope.get("server") or (self._settings.host, self._settings.port)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": scope["method"],
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(scope["raw_path"].split(b"?")[0]).decode("latin-1"),
            "QUERY_STRING": scope["query_string"].decode("latin-1"),
            "SERVER_NAME": server[0],
            "SERVER_PORT": str(server[1]),
            "SERVER_PROTOCOL": "HTTP/" + scope.get("http_version", "1.1"),
            "REMOTE_ADDR": (scope.get("client") or ("",))[0],
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scope.get("scheme", "http"),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            EXCHANGE: exchange,
        }
        for name, value in headers.items():
            if name == "content-type":
                environ["CONTENT_TYPE"] = value
            elif name not in ("content-length", "transfer-encoding"):
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ


def _read_headers(scope: Scope) -> dict[str, str]:
    """Read the headers into one text a name; repeated ones are joined, as HTTP allows."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if "_" not in name:  # `a_b` would pass for `a-b` in a WSGI environment
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _has_body(headers: Mapping[str, str]) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def _collect_body(receive: Receive, cap: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > cap:
            raise _too_large(cap)
        if not message.get("more_body"):
            return bytes(body)


def _too_large(cap: int) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"the body is larger than {cap} bytes; ask in several queries")


async def _watch_hangup(receive: Receive, exchange: Exchange) -> None:
    with suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            pass
        exchange.hangup.tell()


async def _send_kept(scope: Scope, headers: Mapping[str, str], kept: Kept, send: Send) -> None:
    if _matches(headers.get("if-none-match", ""), kept.etag):
        passed = tuple(pair for pair in kept.headers if not pair[0].startswith("Content-"))
        await _send(scope, send, HTTPStatus.NOT_MODIFIED, passed, b"")
    else:
        await _send(scope, send, HTTPStatus.OK, kept.headers, kept.body)


def _matches(if_none_match: str, etag: str) -> bool:
    asked = {tag.strip() for tag in if_none_match.split(",")}
    return etag in asked or "*" in asked or etag.removeprefix("W/") in asked


async def _send(scope: Scope, send: Send, status: int, headers: Headers, content: bytes) -> None:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    body = b"" if scope["method"] == "HEAD" else content
    await send({"type": "http.response.body", "body": body, "more_body": False})
