"""What is fuzzed: bytes in, and nothing but errors that we raise on purpose out.

`python tests/fuzz/run.py protocol` runs a target under atheris for a minute; the normal
tests run them over the kept corpus and over what hypothesis makes of it.
"""

from __future__ import annotations

from werkzeug.exceptions import HTTPException

from entente.config import Settings
from entente.errors import EntenteError
from entente.query.guard import examine, read_prefixes
from entente.query.protocol import SparqlRequest, parse_request
from entente.query.services import plan_services
from entente.query.tokens import Token, tokenise
from entente.query.words import FORMS
from entente.web.reading import RequestReader
from entente.web.wire import Asked

_SETTINGS = Settings(max_query_bytes=20_000, max_tokens=2_000)
_FEDERATED = Settings(
    max_query_bytes=20_000, max_tokens=2_000, service_origins="http://far.example"
)


def fuzz_protocol(data: bytes) -> None:
    """Read a request: the first line is its query string, the second its type, then its body."""
    target, _, rest = data.partition(b"\n")
    kind, _, body = rest.partition(b"\n")
    for method in ("GET", "POST"):
        try:
            read = parse_request(method, target.decode("latin-1"), kind.decode("latin-1"), body)
        except (EntenteError, HTTPException) as error:
            assert 400 <= (getattr(error, "status", None) or error.code) < 500
            continue
        assert isinstance(read, SparqlRequest)
        assert read.query is not None or method == "GET"
        (read.query or "").encode("utf-8")  # no half of a character comes through


def fuzz_guard(data: bytes) -> None:
    """Examine a query: what passes names a form, and no SERVICE stands among its tokens."""
    query = data.decode("utf-8", "replace")
    try:
        examined = examine(query, _SETTINGS)
    except EntenteError as error:
        assert 400 <= error.status < 500
        if error.place:
            assert 1 <= (error.place.line or 1) <= query.count("\n") + query.count("\r") + 1
        return
    assert examined.form in FORMS
    tokens = list(tokenise(query, max_nesting=len(query), max_tokens=len(query)))
    assert all("SERVICE" not in token.word for token in tokens)
    assert [t.start for t in tokens] == sorted(t.start for t in tokens)
    read_prefixes(query)


def fuzz_services(data: bytes) -> None:
    """Plan the calls of a query with SERVICE: each stands in it, and all of them are found."""
    query = data.decode("utf-8", "replace")
    origins = {"http://far.example": ""}
    try:
        if not examine(query, _FEDERATED).federated:
            return
        tokens = list(tokenise(query, max_nesting=64, max_tokens=2_000))
        plan = plan_services(query, tokens, origins, 16, "http://far.example/")
    except EntenteError as error:
        assert 400 <= error.status < 500
        return
    assert len(plan.local) == len(plan.checked) == len(query)
    assert not any(token.word == "SERVICE" for token in _cut(plan.checked))
    assert not any(token.word == "SERVICE" for token in _cut(plan.local))
    for call in plan.calls:
        assert call.pattern in query
        plan.remote_query(call, "", 1)
        if call.shared:
            plan.binding_query(call, 1)


def _cut(text: str) -> list[Token]:
    return list(tokenise(text, max_nesting=len(text), max_tokens=len(text)))


def fuzz_reading(data: bytes) -> None:
    """Read HTTP, whole and in pieces: both give the same, and what is refused has a status."""
    whole, pieces = RequestReader(_SETTINGS, ""), RequestReader(_SETTINGS, "")
    together = whole.feed(data)
    apart = []
    for at in range(0, len(data), 7):
        if pieces.refusal is None:
            apart += pieces.feed(data[at : at + 7])
    assert [_tell(asked) for asked in apart] == [_tell(asked) for asked in together]
    for reader in (whole, pieces):
        assert reader.refusal is None or 400 <= (reader.refusal.code or 0) < 600
    for asked in together:
        assert asked.path.startswith(("/", "*"))
        assert not any("\r" in text or "\n" in text for text in asked.headers.values())


def _tell(asked: Asked) -> tuple[object, ...]:
    return (asked.method, asked.path, asked.query_string, asked.headers, asked.body)


TARGETS = {
    "protocol": fuzz_protocol,
    "guard": fuzz_guard,
    "reading": fuzz_reading,
    "services": fuzz_services,
}
