"""One request and its answer, as they go over the wire."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from entente.config import Settings
from entente.errors import UsageError
from entente.query.hangup import Hangup
from entente.web.problem import MEDIA_TYPE

CLIENT_GONE = 499
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_BARE = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

Headers = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Asked:
    """One request, and what became of it: a line of the log.

    Attributes:
        method: Its method.
        path: Its path, still percent-encoded.
        query_string: What follows the `?`, still percent-encoded.
        headers: Its headers, by names in lower case; repeated ones are joined.
        body: Its whole body.
        version: Of HTTP, such as `1.1`.
        address: Where the connection comes from.
        keep_alive: Whether the connection stays for another request.
        started: When it was there whole, by the performance counter.
        raw: All its bytes, where they came in one piece, or None.
        id: Its name, by the client or by us.
        hangup: Its other end.
        query: The hash of its query, or an empty string.
        text: The text of its query, or an empty string.
        status: The status that was sent, or 0.
        size: The bytes of the body that were sent.
        outcome: What became of it, in one word.
    """

    method: str
    path: str
    query_string: bytes
    headers: Mapping[str, str]
    body: bytes
    version: str
    address: str
    keep_alive: bool
    started: float
    raw: bytes | None = None
    id: str = ""
    hangup: Hangup = field(default_factory=Hangup)
    query: str = ""
    text: str = ""
    status: int = 0
    size: int = 0
    outcome: str = "gone"


@dataclass(slots=True)
class Answer:
    """An answer as it is written.

    Attributes:
        status: Its status.
        head: Its head, at first without the lines that differ from one answer to the next.
        body: Its body.
        parts: What follows the body, where it is too large to be held.
    """

    status: int
    head: bytes
    body: bytes
    parts: Iterator[bytes] | None = None


class Clock:
    """The Date header, written once a second.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-date
    """

    def __init__(self) -> None:
        self._second = 0
        self._line = b""

    def line(self) -> bytes:
        """Give the header's line for now."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._line = f"Date: {formatdate(second, usegmt=True)}\r\n".encode()
        return self._line


@dataclass(frozen=True, slots=True)
class Base:
    """The address under which clients reach the server.

    Attributes:
        scheme: `http` or `https`.
        host: The host, with its port where it has one; empty where the Host header says it.
        prefix: The path before all paths of ours, without its last slash.
    """

    scheme: str = "http"
    host: str = ""
    prefix: str = ""

    def strip(self, path: str) -> str:
        """Take the prefix from a path, unless a proxy has done so."""
        if self.prefix and (path + "/").startswith(self.prefix + "/"):
            return path[len(self.prefix) :] or "/"
        return path


def read_base(settings: Settings) -> Base:
    """Read the address of the settings.

    Raises:
        UsageError: It is no address of the web.
    """
    if not settings.base:
        return Base()
    parts = urlsplit(settings.base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"--base: {settings.base!r} is no address under which clients reach the server",
            fix="give one such as https://example.org/entente",
        )
    return Base(parts.scheme, parts.netloc, parts.path.rstrip("/"))


def make_environ(asked: Asked, settings: Settings, base: Base) -> dict[str, Any]:
    """Write a request as WSGI has it."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": base.prefix,
        "PATH_INFO": base.strip(unquote_to_bytes(asked.path).decode("latin-1")),
        "QUERY_STRING": asked.query_string.decode("latin-1"),
        "SERVER_NAME": settings.host,
        "SERVER_PORT": str(settings.port),
        "SERVER_PROTOCOL": "HTTP/" + asked.version,
        "REMOTE_ADDR": asked.address,
        "CONTENT_LENGTH": str(len(asked.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": base.scheme,
        "wsgi.input": io.BytesIO(asked.body),
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
    if base.host:
        environ["HTTP_HOST"] = base.host
    return environ


def write_head(status: int, headers: Headers, content: bytes, *, head_only: bool = False) -> bytes:
    """Write an answer's head, but for its last lines, which differ from one answer to the next.

    Args:
        status: Its status.
        headers: Its headers.
        content: Its body, whose length is told where the headers do not tell it.
        head_only: Whether the answer is to HEAD, whose body nobody sends.
    """
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, '')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    told = any(name.lower() == "content-length" for name, _ in headers)
    if not told and not head_only and status not in _BARE:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, ""]).encode("latin-1")


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
