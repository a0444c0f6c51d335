"""One request and its answer, as they go over the wire."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, RequestTimeout

from entente.config import Settings
from entente.query.hangup import Hangup
from entente.web.problem import MEDIA_TYPE

CLIENT_GONE = 499
_CHUNK_BYTES = 256 * 1024

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Asked:
    """One request, and what became of it: a line of the log.

    Attributes:
        scope: What granian says of it.
        headers: Its headers, by names in lower case.
        id: Its name, by the client or by us.
        hangup: Its other end.
        query: The hash of its query, or an empty string.
        text: The text of its query, or an empty string.
        status: The status that was sent, or 0.
        size: The bytes of the body that were sent.
        outcome: What became of it, in one word.
    """

    scope: Scope
    headers: Mapping[str, str]
    id: str
    hangup: Hangup
    query: str = ""
    text: str = ""
    status: int = 0
    size: int = 0
    outcome: str = "gone"


def make_environ(asked: Asked, body: bytes, settings: Settings) -> dict[str, Any]:
    """Write a request as WSGI has it."""
    scope = asked.scope
    server = scope.get("server") or (settings.host, settings.port)
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
    }
    for name, value in asked.headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


def read_headers(scope: Scope) -> dict[str, str]:
    """Read the headers into one text a name; repeated ones are joined, as HTTP allows."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if "_" not in name:  # `a_b` would pass for `a-b` in a WSGI environment
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def has_body(headers: Mapping[str, str]) -> bool:
    """Say whether a body follows."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def read_body(headers: Mapping[str, str], receive: Receive, settings: Settings) -> bytes:
    """Read a body, with a cap and a deadline."""
    cap = settings.max_body_bytes
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > cap:
        raise _too_large(cap)
    try:
        async with asyncio.timeout(settings.body_timeout_s):
            return await _collect_body(receive, cap)
    except TimeoutError:
        raise RequestTimeout(
            f"the body did not arrive within {settings.body_timeout_s:g} s"
        ) from None


async def _collect_body(receive: Receive, cap: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":  # or chunks that granian could not read
            raise BadRequest("the body ended before its end, or its chunks are malformed")
        body += message.get("body", b"")
        if len(body) > cap:
            raise _too_large(cap)
        if not message.get("more_body"):
            return bytes(body)


def _too_large(cap: int) -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"the body is larger than {cap} bytes; ask in several queries")


def name_outcome(status: int, headers: Headers, content: bytes) -> str:
    """Name what became of a request: `answered`, or the kind of its problem."""
    if status < HTTPStatus.BAD_REQUEST:
        return "unchanged" if status == HTTPStatus.NOT_MODIFIED else "answered"
    if status == CLIENT_GONE:
        return "gone"
    named = dict(headers)
    readable = named.get("Content-Type") == MEDIA_TYPE and "Content-Encoding" not in named
    if not readable or not content:  # the answer to HEAD has no content
        return f"status-{status}"
    return str(json.loads(content)["type"]).rpartition("/")[2]


async def send_answer(
    asked: Asked,
    send: Send,
    status: int,
    headers: Headers,
    content: bytes,
    timeout_s: float | None = None,
) -> None:
    """Send an answer, a long one in parts; a client that does not take a part is cut off."""
    named = (*headers, ("X-Request-Id", asked.id))
    if asked.scope["method"] != "HEAD" and "Content-Length" not in dict(headers) and content:
        named = (*named, ("Content-Length", str(len(content))))
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named]
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    asked.status = int(status)
    body = b"" if asked.scope["method"] == "HEAD" else content
    for at in range(0, len(body) or 1, _CHUNK_BYTES):
        part, more = body[at : at + _CHUNK_BYTES], at + _CHUNK_BYTES < len(body)
        try:
            async with asyncio.timeout(timeout_s):
                await send({"type": "http.response.body", "body": part, "more_body": more})
        except TimeoutError:
            asked.outcome = "not-taken"
            return
        asked.size += len(part)
