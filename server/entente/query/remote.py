"""The one client that asks remote endpoints for SERVICE. It runs in the server, not in a worker.

A name is resolved once and its address kept, so that nobody can answer for it with another
one; private addresses are asked only where the operator wrote the address itself; redirects
are not followed; all is bounded in bytes and time. `http.client` does it, on a socket that is
opened here: the libraries above it resolve names themselves.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from urllib.parse import urlencode

from entente.config import Settings
from entente.errors import AnswerTooLarge, ServiceFailed, ServiceLoop, ServiceTimeout
from entente.query.hangup import ClientGone, Hangup
from entente.query.origins import Address, locate, may_ask, read_origins

#: The header that counts the endpoints that a query with SERVICE has passed.
HOP_HEADER = "Entente-Hop"
_ACCEPT = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
_FORMATS = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}
#: Headers by which Virtuoso says that what it gives is a part.
_PARTIAL = ("X-SPARQL-MaxRows", "X-SQL-State")
_CHUNK_BYTES = 64 * 1024
_REASON_BYTES = 4000

#: Gives the addresses of a host and port.
Resolver = Callable[[str, int], list[str]]


@dataclass(slots=True)
class _Line:
    """A connection that somebody else may cut, changed in place."""

    connection: socket.socket | None = None
    cut: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, connection: socket.socket) -> socket.socket:
        with self.lock:
            self.connection = connection
            if self.cut:
                _shut(connection)
        return connection

    def end(self) -> None:
        with self.lock:
            self.cut = True
            if self.connection:
                _shut(self.connection)


class Remotes:
    """The endpoints that may be asked. Safe to use from several threads.

    Args:
        settings: The origins, and what a call may take.
        resolve: Gives the addresses of a host and port; the system's resolver.

    Raises:
        UsageError: An origin is malformed.
    """

    def __init__(self, settings: Settings, resolve: Resolver | None = None) -> None:
        self.origins = read_origins(settings.service_origins)
        self._settings = settings
        self._look_up = resolve or _look_up
        self._tls = ssl.create_default_context() if self.origins else None
        agent = f"Entente/{version('entente')} ({settings.service_contact})"
        self._headers = {
            "Accept": _ACCEPT,
            "Accept-Encoding": "identity",
            "Connection": "close",
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": agent,
        }

    def check_hops(self, hops: int) -> None:
        """Refuse to ask further for a query that came through too many endpoints.

        Raises:
            ServiceLoop: It did.
        """
        if hops >= self._settings.max_service_hops:
            raise ServiceLoop(
                f"the query came through {hops} endpoints, and asks one more",
                fix="do endpoints ask each other in a circle? name each of them once",
            )

    def ask(
        self, endpoint: str, query: str, hops: int, max_bytes: int, until: float, hangup: Hangup
    ) -> tuple[str, str]:
        """Ask an endpoint, whose origin is listed.

        Args:
            endpoint: Its IRI.
            query: A SELECT query.
            hops: How many endpoints the query came through before us.
            max_bytes: The size of the largest answer.
            until: When the time for the client's query is up, by the monotonic clock.
            hangup: Tells when the client is gone.

        Returns:
            The name of the answer's format, `json` or `xml`, and the answer.

        Raises:
            ServiceTimeout: It did not answer in time.
            ServiceFailed: It cannot be reached, redirects, or answers with something else.
            AnswerTooLarge: Its answer is larger than allowed.
            ClientGone: The client hung up.
        """
        address = locate(endpoint, self.origins)
        until = min(until, time.monotonic() + self._settings.service_timeout_s)
        line = _Line()
        with _cut_at(line, until), hangup.releasing(line.end):
            try:
                return self._exchange(endpoint, address, query, hops, max_bytes, until, line)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if hangup.happened:
                    raise ClientGone from None
                if line.cut or isinstance(error, TimeoutError):
                    raise _late(endpoint) from None
                raise _failed(endpoint, f"it cannot be reached: {_reason(error)}") from None

    def _exchange(
        self,
        endpoint: str,
        address: Address,
        query: str,
        hops: int,
        max_bytes: int,
        until: float,
        line: _Line,
    ) -> tuple[str, str]:
        body = urlencode({"query": query}).encode()
        with contextlib.closing(self._connect(endpoint, address, until, line)) as connection:
            headers = self._headers | {HOP_HEADER: str(hops + 1)}
            connection.request("POST", address.target, body, headers)
            response = connection.getresponse()
            _check_status(endpoint, response)
            form = _FORMATS.get(response.headers.get_content_type())
            if form is None:
                kind = response.headers.get_content_type()
                raise _failed(endpoint, f"it answers with {kind}, which is no SPARQL result")
            raw = _read(endpoint, response, max_bytes)
            if line.cut:
                raise _late(endpoint)
        try:
            return form, raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _failed(endpoint, "its answer is not UTF-8") from None

    def _connect(
        self, endpoint: str, address: Address, until: float, line: _Line
    ) -> http.client.HTTPConnection:
        """Connect to the address that the name has now, and has to the end."""
        host, port = address.host, address.port
        found = self._resolve(host, port, until)
        if not all(may_ask(ip, host) for ip in found):
            raise _failed(
                endpoint,
                f"{host} has an address that is not public, and such are not asked by a name",
                fix="the operator may list the address itself behind the origin: "
                "https://example.org=http://192.168.0.7:8080",
            )
        raw = line.take(_open(found, port, until))
        if address.scheme == "http":
            connection = http.client.HTTPConnection(host, port)
            connection.sock = raw
            return connection
        assert self._tls is not None  # noqa: S101  there is an origin
        secure = http.client.HTTPSConnection(host, port, context=self._tls)
        secure.sock = line.take(self._tls.wrap_socket(raw, server_hostname=host))
        return secure

    def _resolve(self, host: str, port: int, until: float) -> list[str]:
        """Give the addresses of a name, in a thread: the system's resolver has no deadline.

        Raises:
            OSError: It has none, or it takes too long.
        """
        found: list[str] = []
        failed: list[Exception] = []

        def look_up() -> None:
            try:
                found.extend(self._look_up(host, port))
            except (OSError, UnicodeError) as error:
                failed.append(error)

        thread = threading.Thread(target=look_up, name="resolve", daemon=True)
        thread.start()
        thread.join(max(0.0, _left(until)))
        if failed:
            raise OSError(f"the name {host} is not found") from None
        if not found:
            raise TimeoutError
        return found


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _open(addresses: Sequence[str], port: int, until: float) -> socket.socket:
    """Connect to the first address that answers, as all of them are the endpoint's.

    Raises:
        OSError: None does.
    """
    for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            share_s = max(0.01, _left(until) / left)
            connection = socket.create_connection((address, port), share_s)
        except OSError:
            if left == 1:
                raise
        else:
            connection.settimeout(max(0.01, _left(until)))
            return connection
    raise TimeoutError


def _check_status(endpoint: str, response: http.client.HTTPResponse) -> None:
    status = response.status
    if status in range(300, 400):
        raise _failed(
            endpoint,
            f"it redirects to {_clean(response.headers.get('Location', 'nowhere'))}, and "
            "redirects are not followed",
            fix="name that address in the query, if the operator lists its origin",
        )
    if status == http.HTTPStatus.LOOP_DETECTED:
        raise ServiceLoop(f"SERVICE <{endpoint}>: {_tell(response)}")
    if status != http.HTTPStatus.OK:
        raise _failed(endpoint, f"it answers {status}: {_tell(response)}")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity":
        raise _failed(endpoint, f"it answers in {_clean(encoding)}, which was not asked for")
    for name in _PARTIAL:
        if name in response.headers:
            raise _failed(
                endpoint,
                f"it gives a part of its answer only ({name})",
                fix="make the SERVICE more selective",
            )


def _read(endpoint: str, response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    body = bytearray()
    while chunk := response.read1(_CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise AnswerTooLarge(
                f"SERVICE <{endpoint}>: its answer is larger than {max_bytes} bytes",
                fix="make the SERVICE more selective",
            )
    if response.length:
        raise _failed(endpoint, f"its answer ends {response.length} bytes too early")
    return bytes(body)


def _tell(response: http.client.HTTPResponse) -> str:
    """Give what a remote says of its error: the detail of a problem, or its first words."""
    raw = response.read(_REASON_BYTES)
    try:
        text = str(json.loads(raw)["detail"])
    except (ValueError, LookupError, TypeError, RecursionError):
        text = raw.decode("utf-8", "replace")
    return _clean(text) or response.reason


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, http.client.HTTPException | ValueError):
        return _clean(f"it does not speak HTTP ({type(error).__name__}: {error})")
    return _clean(getattr(error, "strerror", None) or str(error))


def _clean(text: str) -> str:
    """Make a line of what a remote says."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def _late(endpoint: str) -> ServiceTimeout:
    return ServiceTimeout(
        f"SERVICE <{endpoint}>: it did not answer in time",
        fix="make the SERVICE more selective, or ask again later",
    )


def _failed(endpoint: str, what: str, fix: str = "") -> ServiceFailed:
    return ServiceFailed(f"SERVICE <{endpoint}>: {what}", fix=fix)


@contextmanager
def _cut_at(line: _Line, until: float) -> Iterator[None]:
    """Cut the line when the time is up, whatever the remote does meanwhile."""
    timer = threading.Timer(max(0.0, _left(until)), line.end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _left(until: float) -> float:
    return until - time.monotonic()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
