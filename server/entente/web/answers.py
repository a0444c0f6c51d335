"""Answers to cite: `/answers/<query hash>/<version>` gives what was recorded, and always that.

A query of the catalogue is recorded when its answer is first asked for; any other when its text is
sent to `/answers`, as far as the settings leave room.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from entente.catalogue import CatalogueQuery
from entente.errors import ClientBusy, UsageError
from entente.query.citation import JSON, N_TRIPLES, check_citable
from entente.query.execute import Job
from entente.query.pool import Pool
from entente.query.protocol import SparqlRequest, parse_post
from entente.records import Record, Records, hash_text
from entente.snapshot import find_version
from entente.web.documented import Parameter, documented
from entente.web.endpoint import Judged, judge
from entente.web.exchange import EXCHANGE, Exchange

_QUERY = "application/sparql-query"
_LATEST = "latest"
_MAX_CLIENTS = 10_000
#: One answer takes at most such a part of the room.
_SHARE = 64
_YEAR_S = 365 * 24 * 3600


class Answers:
    """What stands behind `/answers`.

    Args:
        pool: Where queries are evaluated, and which data set is in service.
        queries: The catalogue.
    """

    def __init__(self, pool: Pool, queries: Iterable[CatalogueQuery]) -> None:
        self._pool = pool
        self._catalogue = {hash_text(query.text): query.text for query in queries}
        self._lock = threading.Lock()
        self._clients: Counter[str] = Counter()

    def add_to(self, app: Flask) -> None:
        """Add the routes; the application is changed in place."""
        app.add_url_rule("/answers", "record answer", self.record, methods=["POST"])
        app.add_url_rule("/answers/<query_hash>", "answered query", self.answer_query)
        app.add_url_rule("/answers/<query_hash>/<version>", "answer", self.answer)

    def cite(self, judged: Judged, root: str) -> str:
        """Give the address below a root at which an answer can be cited, or an empty string."""
        if judged.request.has_dataset or judged.generation.served.folder is None:
            return ""
        query_hash, version = hash_text(judged.query), judged.generation.served.version
        known = query_hash in self._catalogue or self._records().has(query_hash, version)
        return f"{root}/answers/{query_hash}/{version}" if known else ""

    @documented(
        "Give a recorded answer; it never changes",
        formats=(JSON, N_TRIPLES),
        statuses=(200, 302),
    )
    def answer(self, query_hash: str, version: str) -> Response:
        """Answer what was recorded of a query on a version."""
        folder = self._folder()
        if version == _LATEST:
            return _lead(f"{request.root_path}/answers/{query_hash}/{folder.name}")
        found = self._records().find(query_hash, version)
        if not found and version == folder.name and query_hash in self._catalogue:
            found = self._evaluate(self._catalogue[query_hash])
        if not found:
            if version != folder.name:
                find_version(folder.parent, version)
            raise NotFound(
                f"no answer of {query_hash[:64]} on this version is recorded; "
                "send the query to /answers by POST"
            )
        return _give(found)

    @documented("Give the text of a query of which an answer is recorded", formats=(_QUERY,))
    def answer_query(self, query_hash: str) -> Response:
        """Answer the text of a query."""
        self._folder()
        text = self._catalogue.get(query_hash) or self._records().find_query(query_hash)
        if text is None:
            raise NotFound(f"no answer of a query {query_hash[:64]} is recorded")
        return Response(text.encode(), content_type=f"{_QUERY}; charset=utf-8")

    @documented(
        "Record the answer of a query on the version in service, so that it can be cited",
        Parameter("query", "the query; it stands in the body"),
        formats=("application/json",),
        statuses=(201,),
    )
    def record(self) -> Response:
        """Record an answer; answer 201 and its address."""
        self._folder()
        asked = parse_post(
            request.query_string.decode("latin-1"),
            request.headers.get("Content-Type"),
            request.get_data(cache=False),
        )
        if asked.has_dataset:
            raise UsageError(
                "a citable query names its own graphs", fix="use FROM in the place of parameters"
            )
        query = asked.query or ""
        version = self._pool.current.served.version
        found = self._records().find(hash_text(query), version)
        if not found:
            client = _exchange().hangup.allowance.client
            self._check_client(client)
            found = self._evaluate(query)
            self._clients[client] += 1
        address = f"{request.root_path}/answers/{found.query_hash}/{found.version}"
        told = {
            "address": address,
            "query": found.query_hash,
            "version": found.version,
            "sha256": hashlib.sha256(found.content).hexdigest(),
        }
        body = json.dumps(told, indent=1) + "\n"
        response = Response(body, 201, content_type="application/json")
        response.headers["Location"] = address
        response.headers["Cache-Control"] = "no-store"
        return response

    def _evaluate(self, query: str) -> Record:
        pool, exchange = self._pool, _exchange()
        exchange.query = query
        judged = judge(pool, SparqlRequest(query), query)
        check_citable(query, judged.examined, pool.settings)
        graph = judged.examined.form in ("CONSTRUCT", "DESCRIBE")
        size = max(1, pool.settings.max_record_bytes // _SHARE)
        job = Job(query, "nt" if graph else "json", None, size, task="cite")
        content = pool.evaluate(judged.generation, job, exchange.hangup)
        return self._records().record(query, judged.generation.served.version, content)

    def _check_client(self, client: str) -> None:
        with self._lock:
            if len(self._clients) >= _MAX_CLIENTS:
                self._clients.clear()
        if self._clients[client] >= self._pool.settings.max_client_records:
            raise ClientBusy(
                f"{self._pool.settings.max_client_records} answers of yours are recorded, "
                "as many as may",
                fix="cite the query and the version",
            )

    def _records(self) -> Records:
        return Records(self._folder().parent, self._pool.settings.max_record_bytes)

    def _folder(self) -> Path:
        folder = self._pool.current.served.folder
        if folder is None:
            raise NotFound("these data have no versions, so that no answer of them can be cited")
        return folder


def _give(found: Record) -> Response:
    sha256 = hashlib.sha256(found.content)
    graph = not found.content.startswith(b"{")
    response = Response(found.content, content_type=N_TRIPLES if graph else JSON)
    digest = base64.b64encode(sha256.digest()).decode()
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    response.headers["ETag"] = f'"{sha256.hexdigest()[:32]}"'
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    response.headers["Entente-Version"] = found.version
    root = request.root_path
    here = f"{root}/answers/{found.query_hash}"
    response.headers.add("Link", f'<{here}/{found.version}>; rel="cite-as"')
    response.headers.add("Link", f'<{here}>; rel="describedby"; type="{_QUERY}"')
    response.headers.add("Link", f'<{root}/version/{found.version}>; rel="via"')
    response.make_conditional(request)
    return response


def _lead(address: str) -> Response:
    response = Response(f"See {address}\n", 302, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = address
    response.headers["Cache-Control"] = "no-cache"
    return response


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()
