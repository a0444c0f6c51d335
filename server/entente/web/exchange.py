"""What the shim and the application tell each other about one request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from entente.query.hangup import Hangup

#: Where the WSGI environment holds the exchange.
EXCHANGE = "entente.exchange"


@dataclass(slots=True)
class Exchange:
    """One request on its way.

    Attributes:
        hangup: Set off by the shim when the client hangs up.
        keep: Set by the application where the answer may be kept.
        query: The query's text, set by the application where it has read one.
        parts: The body of an answer that is too large to be held, set by the application with
            its Content-Length.
        version: The version that answered, set by the application with `keep`.
    """

    hangup: Hangup = field(default_factory=Hangup)
    keep: bool = False
    version: str = ""
    query: str = ""
    parts: Iterator[bytes] | None = None
