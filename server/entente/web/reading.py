"""From bytes to requests: what llhttp leaves open, without any socket.

llhttp reads HTTP/1.1. How large a head and a body may be, how many requests may come in one
piece, and which heads are none, stands here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
    parse_url,
)
from httptools.parser.errors import HttpParserInvalidURLError
from werkzeug import exceptions
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    HTTPVersionNotSupported,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
    RequestURITooLarge,
)

from entente.config import Settings
from entente.web.wire import Asked

_MAX_HEADERS = 100
#: Of all headers of a request, names and values. To read an Accept of so many takes some 40 ms.
_MAX_HEADER_BYTES = 16 * 1024
_MAX_REQUESTS = 128
#: A body may come in chunks of one byte, each with its own length and line ends.
_CHUNKING = 8


class _RefusedError(Exception):
    """Ends the reading of a piece; the reason stands in the reader."""


class RequestReader:
    """Reads the requests of one connection, one after the other.

    Args:
        settings: Limits on targets and bodies.
        address: Where the connection comes from.

    Attributes:
        refusal: Why nothing more is read, or None.
        fresh: Whether no byte of the next request has come.
        in_head: Whether the head of the request that has begun is not yet whole.
        wants_leave: Whether its client waits for leave to send the body.
    """

    def __init__(self, settings: Settings, address: str) -> None:
        self._settings, self._address = settings, address
        self._parser = HttpRequestParser(self)
        self._whole: list[Asked] = []
        self.refusal: HTTPException | None = None
        self._start()

    def feed(self, data: bytes) -> list[Asked]:
        """Read a piece.

        Returns:
            The requests that are whole with it, in their order. Those before what made a
            `refusal` are given, too.
        """
        self._whole = []
        self._bytes += len(data)
        self.fresh = False
        try:
            self._parse(data)
            self._check_size()
        except _RefusedError:
            pass
        except HttpParserCallbackError as error:
            if not isinstance(error.__context__, _RefusedError):
                raise
        except HttpParserInvalidMethodError:
            # What begins with a word may be a method of others; all else is no HTTP.
            if not self._whole and re.match(rb"[A-Z]+ ", data):
                self.refusal = exceptions.NotImplemented("the method is none that is known here")
            else:
                self.refusal = BadRequest("this is no request of HTTP/1.1")
        except HttpParserError as error:
            self.refusal = BadRequest(f"this is no request of HTTP/1.1: {error}")
        return self._whole

    def _parse(self, data: bytes) -> None:
        while True:
            try:
                self._parser.feed_data(data)
                return
            except HttpParserUpgrade as upgrade:  # to what is not spoken here, so that all stays
                data = data[upgrade.args[0] :]
                self._parser = HttpRequestParser(self)

    def _check_size(self) -> None:
        settings = self._settings
        if self.in_head and self._bytes > settings.max_target_bytes + _MAX_HEADER_BYTES:
            raise self._refuse(_too_many_headers())
        if self._bytes > settings.max_target_bytes + _CHUNKING * settings.max_body_bytes:
            raise self._refuse(self._too_large())

    def _start(self) -> None:
        self._target, self._body = bytearray(), bytearray()
        self._headers = dict[str, str]()
        self._bytes = self._count = self._header_bytes = 0
        self.fresh = self.in_head = True
        self.wants_leave = False

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the request that is not whole yet, as far as they were read."""
        return self._headers

    # What llhttp calls.

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._target += url
        if len(self._target) > self._settings.max_target_bytes:
            raise self._refuse(
                RequestURITooLarge(
                    f"the target is longer than {self._settings.max_target_bytes} bytes; "
                    "send the query in the body of a POST"
                )
            )

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; repeated ones are joined, and those behind a body say nothing."""
        self._count += 1
        self._header_bytes += len(name) + len(value)
        if self._count > _MAX_HEADERS:
            raise self._refuse(
                RequestHeaderFieldsTooLarge(f"there are more than {_MAX_HEADERS} headers")
            )
        if self._header_bytes > _MAX_HEADER_BYTES:
            raise self._refuse(_too_many_headers())
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if not self.in_head or "_" in key:  # `a_b` would pass for `a-b` in a WSGI environment
            return
        if key == "host" and key in self._headers:
            raise self._refuse(BadRequest("there are two Host headers; send one"))
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        """Judge a head before the body comes."""
        self.in_head = False
        headers, version = self._headers, self._parser.get_http_version()
        if version not in ("1.0", "1.1"):
            raise self._refuse(HTTPVersionNotSupported(f"HTTP/{version} is not spoken here"))
        if "host" not in headers and version == "1.1":
            raise self._refuse(BadRequest("the Host header is missing; HTTP/1.1 demands one"))
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared[:20]) > self._settings.max_body_bytes:
            raise self._refuse(self._too_large())
        self.wants_leave = headers.get("expect", "").lower() == "100-continue"

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self.wants_leave = False
        self._body += body
        if len(self._body) > self._settings.max_body_bytes:
            raise self._refuse(self._too_large())

    def on_message_complete(self) -> None:
        """Note that a request is whole."""
        if len(self._whole) >= _MAX_REQUESTS:
            raise self._refuse(BadRequest(f"more than {_MAX_REQUESTS} requests wait for answers"))
        path, query = self._split_target()
        self._whole.append(
            Asked(
                method=self._parser.get_method().decode("latin-1"),
                path=path,
                query_string=query,
                headers=self._headers,
                body=bytes(self._body),
                version=self._parser.get_http_version(),
                address=self._address,
                keep_alive=self._parser.should_keep_alive(),
                started=time.perf_counter(),
            )
        )
        self._start()

    def _split_target(self) -> tuple[str, bytes]:
        target = bytes(self._target)
        if not target.startswith((b"/", b"*")):
            try:
                url = parse_url(target)
            except HttpParserInvalidURLError:
                raise self._refuse(BadRequest("the target of the request is no address")) from None
            target = (url.path or b"/") + (b"?" + url.query if url.query else b"")
        path, _, query = target.partition(b"#")[0].partition(b"?")
        return path.decode("latin-1"), query

    def _refuse(self, error: HTTPException) -> _RefusedError:
        self.refusal = error
        return _RefusedError()

    def _too_large(self) -> HTTPException:
        return RequestEntityTooLarge(
            f"the body is larger than {self._settings.max_body_bytes} bytes; ask in several queries"
        )


def _too_many_headers() -> HTTPException:
    return RequestHeaderFieldsTooLarge(f"the headers have more than {_MAX_HEADER_BYTES} bytes")
