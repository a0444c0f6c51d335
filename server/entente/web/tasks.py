"""What a worker that holds the graph of Entente does beside answering queries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from entente.errors import UsageError
from entente.files import graph_files
from entente.provenance.answer import Question, answer_why, write_answer
from entente.provenance.compare import compare
from entente.provenance.comparison import write_csv, write_json, write_turtle
from entente.provenance.ensure import ViewRules, ensure_view, read_view_rules
from entente.provenance.evidence import find_evidence
from entente.provenance.naming import parse_viewpoint, read_view_graph
from entente.provenance.record_jsonld import Place, write_record
from entente.provenance.rulebook import Rulebook
from entente.provenance.support import Dataset
from entente.provenance.why import Wanted
from entente.provenance.words import open_words, read_texts
from entente.query.citation import answer_canonically
from entente.query.execute import Job
from entente.query.tasks import Task
from entente.vocab import PREFIXES
from entente.web import checking
from entente.web.things.page import read_page, read_queries

_COMPARISONS = {"json": write_json, "csv": write_csv, "ttl": write_turtle}
_WARMING = """
SELECT ?s (GROUP_CONCAT(?name) AS ?names) (MAX(?n) AS ?most) (AVG(?n) AS ?mean) WHERE {
  ?s ?p ?o
  BIND(STRLEN(REPLACE(?o, "a", "b")) AS ?n)
  BIND(CONCAT(STR(?o), STR(YEAR("2020-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>)))
    AS ?name)
  FILTER(REGEX(?o, "x") && "2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date> > "2019-01-01")
  FILTER NOT EXISTS { ?o ?p ?s }
} GROUP BY ?s
"""
_FORMS = {"ttl": "turtle", "txt": "text"}


def open_tasks(texts: str = "") -> Mapping[str, Task]:
    """Read the rule files, and give the tasks by their names; they open no file.

    Args:
        texts: The folder of the texts whose words are shown, or an empty string.

    Raises:
        DataError: A rule is absent or malformed.
    """
    rules = read_view_rules(graph_files() / "queries")
    words = read_texts(Path(texts) if texts else None)
    _load_rdflib()
    return {
        "make": partial(_make, rules),
        "why": partial(_why, rules.book, words),
        "compare": partial(_compare, rules),
        "cite": answer_canonically,
        "evidence": partial(_evidence, rules.book, words),
        **checking.open_tasks(),
        "page": partial(read_page, read_queries(), words),
    }


def _load_rdflib() -> None:
    """Ask a little of all kinds, since rdflib loads parts of itself when they are first used."""
    store = ox.Store()
    node = ox.NamedNode("urn:x")
    store.add(ox.Quad(node, node, ox.Literal("x"), ox.DefaultGraph()))
    find_evidence(store, None, _WARMING)


def _why(rulebook: Rulebook, texts: Mapping[str, str], store: ox.Store, job: Job) -> bytes:
    asked = job.arguments
    wanted = Wanted(
        every=asked.get("all") == "true",
        depth=_read_number(asked, "depth", 3),
        proofs=_read_number(asked, "limit", 10),
        attempts=_read_number(asked, "limit", 10),
    )
    question = Question(asked["s"], asked["p"], asked["o"], asked.get("viewpoint", ""), wanted)
    explanation = answer_why(store, rulebook, question)
    words = open_words(store, texts)
    return write_answer(explanation, _FORMS.get(job.format, job.format), words).encode()


def _read_number(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1000):
        raise UsageError(f"{name}={text[:40]}: no number from 1 to 1000", fix="correct it")
    return int(text)


def _make(rules: ViewRules, store: ox.Store, job: Job) -> bytes:
    """Make the graph of a viewpoint in this worker's store; nothing is written."""
    ensure_view(store, read_view_graph(job.arguments["graph"]), rules)
    return b""


def _compare(rules: ViewRules, store: ox.Store, job: Job) -> bytes:
    names = [parse_viewpoint(part) for part in job.arguments["viewpoints"].split(",")]
    key = [column for column in job.arguments.get("key", "").split(",") if column.strip()]
    return _COMPARISONS[job.format](compare(store, job.query, names, rules, key))


def _evidence(rulebook: Rulebook, texts: Mapping[str, str], store: ox.Store, job: Job) -> bytes:
    dataset = None if job.dataset is None else Dataset(*map(tuple, job.dataset))
    evidence = find_evidence(store, rulebook, job.query, dataset)
    asked = job.arguments
    place = Place(asked.get("record", ""), asked.get("home", ""), asked.get("version", ""))
    record = write_record(evidence, open_words(store, texts), place).encode()
    return _as_turtle(record) if job.format == "ttl" else record


def _as_turtle(record: bytes) -> bytes:
    triples = ox.parse(record, format=ox.RdfFormat.JSON_LD)
    used = ("ent", "voc", "id", "src", "claim", "graph", "rdf", "rdfs", "skos", "oa", "prov")
    prefixes = {name: PREFIXES[name] for name in used}
    written = ox.serialize(
        (quad.triple for quad in triples), None, ox.RdfFormat.TURTLE, prefixes=prefixes
    )
    return written or b""
