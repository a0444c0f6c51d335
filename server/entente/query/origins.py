"""The endpoints that SERVICE may ask: exact origins, each listed by the operator.

Source: https://www.rfc-editor.org/rfc/rfc6454#section-4
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from entente.errors import UsageError

_PORTS = {"http": 80, "https": 443}
_FLAG = "--service-origins"
_LOCAL_NAMES = frozenset({"localhost"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where an endpoint is asked.

    Attributes:
        scheme: `http` or `https`.
        host: A name or an IP address, without brackets.
        port: The TCP port.
        target: What is asked there: path and query.
    """

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        return f"{write_origin(self.scheme, self.host, self.port)}{self.target}"


def write_origin(scheme: str, host: str, port: int) -> str:
    """Write an origin in its one form: lower case, and the port only where it is not usual.

    >>> write_origin("https", "Query.Wikidata.org", 443)
    'https://query.wikidata.org'
    """
    name = f"[{host}]" if ":" in host else host
    named = "" if _PORTS[scheme] == port else f":{port}"
    return f"{scheme}://{name}{named}".lower()


def read_origins(text: str) -> dict[str, str]:
    """Read the list of the setting: origins, with blanks or commas between them.

    `https://query.wikidata.org=http://127.0.0.1:8081/sparql` asks a mirror in the origin's
    place; where the mirror has no path, it gets that of the IRI.

    Returns:
        By origin, the mirror's address or an empty string.

    Raises:
        UsageError: One is no origin.
    """
    origins: dict[str, str] = {}
    for entry in re.split(r"[\s,]+", text.strip()):
        if entry:
            origin, _, mirror = entry.partition("=")
            parts = _split(origin, entry)
            if parts.path not in ("", "/") or parts.query:
                raise UsageError(
                    f"{_FLAG}: {origin} has a path, and an origin has none",
                    fix=f"list {_origin(parts)}",
                )
            if mirror:
                _split(mirror, entry)
            origins[_origin(parts)] = mirror
    return origins


def find_origin(iri: str) -> str:
    """Give the origin of an endpoint's IRI, or an empty string where it has none that we ask."""
    try:
        parts = urlsplit(iri)
        return _origin(parts) if parts.scheme in _PORTS and parts.hostname else ""
    except ValueError:
        return ""


def locate(iri: str, origins: Mapping[str, str]) -> Address:
    """Find out where an endpoint is asked, whose origin is listed.

    Args:
        iri: The endpoint's IRI.
        origins: Mirrors by origin, as `read_origins` gives them.
    """
    asked = urlsplit(iri)
    mirror = urlsplit(origins[_origin(asked)] or iri)
    path = mirror if mirror.path not in ("", "/") else asked
    target = (path.path or "/") + (f"?{path.query}" if path.query else "")
    return Address(mirror.scheme, mirror.hostname or "", _port(mirror), target)


def may_ask(ip: str, host: str) -> bool:
    """Say whether an address is public, or what the operator wrote.

    Args:
        ip: An address of the host.
        host: What the operator listed.
    """
    address = ipaddress.ip_address(ip.partition("%")[0])
    if host == ip or (host in _LOCAL_NAMES and address.is_loopback):
        return True
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded:
            return embedded.is_global and not embedded.is_multicast
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return False
    return address.is_global and not address.is_multicast


def _split(address: str, entry: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        fits = parts.scheme in _PORTS and parts.hostname and _port(parts)
    except ValueError:
        fits = False
    if not fits or parts.username is not None or parts.fragment:
        raise UsageError(
            f"{_FLAG}: {entry} is no origin",
            fix="write https://query.wikidata.org, or https://example.org=http://127.0.0.1:8081",
        )
    return parts


def _origin(parts: SplitResult) -> str:
    return write_origin(parts.scheme, parts.hostname or "", _port(parts))


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]
