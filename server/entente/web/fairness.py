"""Who asks, and what one request of theirs may take."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote_plus

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from entente.config import Settings
from entente.errors import InputError, Place, UsageError
from entente.query.hangup import Allowance
from entente.query.protocol import FORM

#: The parameters by which a client asks for less, or with a token for more.
TIMEOUT, MAX_BYTES, MAX_ROWS = "timeout", "max-bytes", "max-rows"
_LIMITS = (TIMEOUT, MAX_BYTES, MAX_ROWS)
_LIMIT = re.compile(rb"(?<![^&])(%b)=([^&]*)" % "|".join(_LIMITS).encode())
_TOKEN_LINE = re.compile(r"(\S+)\s+([0-9a-f]{64})((?:\s+\w+=[0-9.]+)*)")
_TOKEN_LIMITS = {"deadline_s", "max_answer_bytes", "max_rows"}
_IPV6_HOME_BITS = 64
#: Clients whose names are kept ready: to read an address takes as long as to read a query.
_KNOWN_CLIENTS = 256


@dataclass(frozen=True, slots=True)
class Token:
    """A token that allows more.

    Attributes:
        name: Whose it is; what logs and limits call the client.
        digest: The SHA-256 of the token, in hexadecimal; the token itself is nowhere.
        deadline_s: The longest time that its queries may run.
        max_answer_bytes: The size of the largest answer.
        max_rows: The rows of the largest answer.
    """

    name: str
    digest: str
    deadline_s: float
    max_answer_bytes: int
    max_rows: int


def read_tokens(settings: Settings) -> tuple[Token, ...]:
    """Read the file of tokens: a line each, `name sha256 deadline_s=60 max_rows=...`.

    Raises:
        InputError: It cannot be read, or a line is malformed.
    """
    if not settings.tokens_file:
        return ()
    path = Path(settings.tokens_file)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}", fix="name a file that can be read") from None
    return tuple(
        _read_token(line.strip(), Place(str(path), number), settings)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    )


def allow(
    headers: Mapping[str, str],
    address: str,
    target: bytes,
    body: bytes,
    settings: Settings,
    tokens: Sequence[Token] = (),
) -> Allowance:
    """Tell what a request may take.

    Args:
        headers: By names in lower case.
        address: Where the connection comes from.
        target: The query string, still percent-encoded.
        body: The whole body.
        settings: The limits for everybody.
        tokens: Those that allow more.

    Raises:
        Unauthorized: The request bears a token that is none of ours.
        UsageError: It asks for a limit that is no number.
    """
    token = _find_token(headers.get("authorization", ""), tokens)
    deadline_s = token.deadline_s if token else settings.deadline_s
    max_bytes = token.max_answer_bytes if token else settings.max_answer_bytes
    max_rows = token.max_rows if token else settings.max_rows
    asked = _asked_limits(headers, target, body)
    return Allowance(
        client=f"token {token.name}" if token else name_client(headers, address, settings),
        deadline_s=min(asked[TIMEOUT], deadline_s) if TIMEOUT in asked else settings.deadline_s,
        max_answer_bytes=int(min(asked.get(MAX_BYTES, settings.max_answer_bytes), max_bytes)),
        max_rows=int(min(asked.get(MAX_ROWS, settings.max_rows), max_rows)),
    )


def name_client(headers: Mapping[str, str], address: str, settings: Settings) -> str:
    """Name who asks: the address that our proxy names, else that of the connection.

    Of IPv6 it is the network, since one home has all its addresses.
    """
    named = headers.get(settings.client_header.lower(), "") if settings.client_header else ""
    return _name_address(named.rpartition(",")[2].strip()) or _name_address(address) or address


@lru_cache(_KNOWN_CLIENTS)
def _name_address(text: str) -> str:
    """Name the client of an address, or give an empty string where it is none."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _IPV6_HOME_BITS), strict=False))


def _read_token(line: str, place: Place, settings: Settings) -> Token:
    match = _TOKEN_LINE.fullmatch(line)
    limits = dict(pair.split("=") for pair in match[3].split()) if match else {}
    if not match or not limits.keys() <= _TOKEN_LIMITS:
        raise InputError(
            "this is no line of a token",
            fix="write: name sha256-of-the-token deadline_s=60 max_answer_bytes=1000000000",
            place=place,
        )
    return Token(
        match[1],
        match[2],
        float(limits.get("deadline_s", settings.deadline_s)),
        int(float(limits.get("max_answer_bytes", settings.max_answer_bytes))),
        int(float(limits.get("max_rows", settings.max_rows))),
    )


def _find_token(authorization: str, tokens: Sequence[Token]) -> Token | None:
    if not authorization or not tokens:
        return None
    scheme, _, secret = authorization.partition(" ")
    digest = hashlib.sha256(secret.strip().encode()).hexdigest()
    for token in tokens:
        if scheme.lower() == "bearer" and hmac.compare_digest(token.digest, digest):
            return token
    raise Unauthorized(
        "the token is not known here; send none, or one that is",
        www_authenticate=WWWAuthenticate("bearer"),
    )


def _asked_limits(headers: Mapping[str, str], target: bytes, body: bytes) -> dict[str, float]:
    # A long body is not to be decoded twice, and not in the thread of the event loop.
    sources = [target]
    if headers.get("content-type", "").lower().startswith(FORM):
        sources.append(body)
    asked: dict[str, float] = {}
    for source in sources:
        for name, text in _LIMIT.findall(source):
            asked[name.decode()] = _read_limit(name.decode(), unquote_plus(text.decode("latin-1")))
    return asked


def _read_limit(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(
            f"the parameter '{name}' is {text[:40]!r}", fix="give a number greater than 0"
        )
    return value
