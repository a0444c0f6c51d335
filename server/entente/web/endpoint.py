"""From a parsed request to an answer: judge it, choose its format, ask the pool."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from entente.errors import Place, QueryRefused, UsageError
from entente.provenance.naming import is_view, read_view_graph
from entente.query.execute import Job
from entente.query.federate import gather
from entente.query.formats import EXPLANATION, Format
from entente.query.generation import Generation
from entente.query.guard import Examined, check_graphs, examine
from entente.query.hangup import Hangup
from entente.query.negotiate import choose_format
from entente.query.partial import MARKED
from entente.query.pool import Pool
from entente.query.protocol import SparqlRequest
from entente.query.remote import HOP_HEADER
from entente.query.services import Plan, plan_services
from entente.query.tokens import place_at, tokenise

#: The share of the deadline after which what is written is given as a part.
_PARTIAL_SHARE = 0.8
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Judged:
    """A query that may run.

    Attributes:
        request: What the client asked.
        query: The query's text.
        examined: What the guard found out.
        generation: The data set on which it was judged and will run.
        base: What its relative IRIs are resolved against.
        makes: The graphs of viewpoints that are made for it.
        record: The address of what its rows rest on, where that is asked, or an empty string.
        plan: Its calls of SERVICE, or None where it has none.
        hops: How many endpoints it came through before this one.
    """

    request: SparqlRequest
    query: str
    examined: Examined
    generation: Generation
    base: str = ""
    makes: tuple[str, ...] = ()
    record: str = ""
    plan: Plan | None = None
    hops: int = 0

    def etag(self, chosen: Format) -> str | None:
        """Give the ETag of the answer, or None where two evaluations may differ.

        It is weak: the order of rows may differ from one evaluation to the next.
        """
        if self.examined.volatile:
            return None
        key = (
            self.generation.served.version,
            self.query,
            self.request.default_graphs,
            self.request.named_graphs,
            chosen.name,
            self.base if self.examined.relative else "",
            self.record,
        )
        text = json.dumps(key).encode()
        return f'W/"{hashlib.sha256(text).hexdigest()[:32]}"'


def judge(
    pool: Pool, request: SparqlRequest, query: str, base: str = "", hops: int | None = None
) -> Judged:
    """Decide whether a query may run.

    Args:
        pool: Where it would run.
        request: What the client asked.
        query: The query's text.
        base: The address of the endpoint, against which relative IRIs are resolved.
        hops: How many endpoints it came through before this one; None where no SERVICE is asked.

    Raises:
        QueryError: It is malformed, not allowed, or too costly.
    """
    with pool.examining(len(query)):
        examined, generation = examine(query, pool.settings, base), pool.current
        plan = _plan(pool, request, query, examined, base, hops)
    asked: dict[str, list[tuple[str, Place | None]]] = {
        "default-graph-uri": [(iri, None) for iri in request.default_graphs],
        "named-graph-uri": [(iri, None) for iri in request.named_graphs],
    }
    if not request.has_dataset:
        asked["FROM"] = [(iri, place_at(query, start)) for iri, start in examined.graphs]
    makes = find_views(generation, [pair for pairs in asked.values() for pair in pairs])
    for name, pairs in asked.items():
        check_graphs(pairs, generation.graphs.keys() | set(makes), source=name)
    record = _name_record(request, query, examined, generation, base) if request.evidence else ""
    return Judged(request, query, examined, generation, base, makes, record, plan, hops or 0)


def _name_record(
    request: SparqlRequest, query: str, examined: Examined, generation: Generation, base: str
) -> str:
    """Give the address of the record of what the rows of an answer rest on."""
    if examined.form != "SELECT":
        raise UsageError(
            f"evidence=true: {examined.form} has no rows", fix="ask with SELECT, or leave it out"
        )
    if not (generation.served.own and generation.served.tasks):
        raise UsageError(
            "evidence=true: these data are not the graph of Entente", fix="leave it out"
        )
    pairs = [("query", query)]
    pairs += [("default-graph-uri", iri) for iri in request.default_graphs]
    pairs += [("named-graph-uri", iri) for iri in request.named_graphs]
    return f"{base.rpartition('/')[0]}/evidence?{urlencode(pairs)}"


def _plan(
    pool: Pool,
    request: SparqlRequest,
    query: str,
    examined: Examined,
    base: str,
    hops: int | None,
) -> Plan | None:
    if not examined.federated:
        return None
    if hops is None or request.explain or request.evidence:
        raise QueryRefused(
            "what other endpoints answer in a SERVICE is not looked into here",
            fix="ask for the answer itself at /sparql",
        )
    settings = pool.settings
    return plan_services(
        query,
        list(tokenise(query, max_nesting=settings.max_nesting, max_tokens=settings.max_tokens)),
        pool.remotes.origins,
        settings.max_service_calls,
        base if examined.relative else "",
    )


def read_hops(text: str | None) -> int:
    """Read the header that says how many endpoints a query came through before this one.

    Raises:
        UsageError: The header is no number.
    """
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise UsageError(f"{HOP_HEADER}: {text[:40]!r} is no number", fix="send none")
    return int(text)


def name_endpoint(scheme: str, host: str, path: str) -> str:
    """Give the address of an endpoint, or an empty string where the Host header makes none."""
    return f"{scheme}://{host}{path}" if _HOST.fullmatch(host) else ""


def find_views(
    generation: Generation, asked: Iterable[tuple[str, Place | None]]
) -> tuple[str, ...]:
    """Find the graphs of viewpoints that are to be made, since the build wrote others.

    Args:
        generation: The data set.
        asked: Graph IRIs, each with its place in the query.

    Raises:
        QueryRefused: A graph names no viewpoint, or in another way than it is named.
    """
    makes: dict[str, None] = {}
    for iri, place in asked:
        served = generation.served
        if is_view(iri) and iri not in generation.graphs and served.own and served.tasks:
            try:
                names = read_view_graph(iri)
            except UsageError as error:
                raise QueryRefused(error.what, fix=error.fix, place=place, token=iri) from None
            if len(names) > 1:  # those of one text are written by the build, or there is none
                makes[iri] = None
    return tuple(makes)


def choose(judged: Judged, accept: str | None) -> Format:
    """Choose the format of the answer.

    Raises:
        UsageError: The format that was asked for cannot be given.
        werkzeug.exceptions.NotAcceptable: Accept allows none.
    """
    asked = judged.request
    if asked.explain:
        return EXPLANATION
    chosen = choose_format(judged.examined.form, accept, asked.format)
    if asked.partial and chosen.name not in MARKED:
        raise UsageError(
            f"partial=true: a part cannot be marked in {chosen.media_type}",
            fix="ask for one of " + ", ".join(sorted(MARKED)),
        )
    return chosen


def answer(pool: Pool, judged: Judged, chosen: Format, hangup: Hangup) -> bytes:
    """Evaluate a judged query in a worker; for the errors see `Pool.evaluate` and `gather`."""
    job = make_job(pool, judged, chosen, hangup)
    if judged.plan:
        job = gather(pool, judged.generation, job, judged.plan, judged.hops, hangup)
    return pool.evaluate(judged.generation, job, hangup)


def make_job(pool: Pool, judged: Judged, chosen: Format, hangup: Hangup) -> Job:
    """Write what a worker is to do for a judged query."""
    request = judged.request
    deadline_s = hangup.allowance.deadline_s or pool.settings.deadline_s
    return Job(
        query=judged.query,
        format=chosen.name,
        dataset=(request.default_graphs, request.named_graphs) if request.has_dataset else None,
        max_answer_bytes=pool.settings.max_answer_bytes,
        max_rows=pool.settings.max_rows,
        base=judged.base,
        explain=request.explain,
        partial_s=deadline_s * _PARTIAL_SHARE if request.partial else None,
        makes=judged.makes,
        link=judged.record,
    )
