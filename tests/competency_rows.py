"""The rows of a catalogue query, from two engines, in one written form.

`python tests/competency_rows.py NAME...` prints the rows of a query on the built snapshot
(folder snapshot/) as CSV. Read them against the texts, then store them as
tests/competency/NAME.csv.
"""

import csv
import io
import re
import sys
from pathlib import Path

import pyoxigraph as ox
import rdflib

from entente import vocab
from entente.bridge import to_rdflib
from entente.catalogue import read_query
from entente.files import graph_files
from entente.snapshot import open_snapshot

QUERIES = graph_files() / "queries"


def find_query(name):
    return read_query(next(QUERIES.glob(f"*/{name}.rq")))


def open_store(dataset):
    store = ox.Store()
    store.bulk_load(path=dataset, format=ox.RdfFormat.N_QUADS)
    return store


def open_rdflib(store):
    """Copy the default graph; named graphs follow when a query asks for them."""
    dataset = rdflib.Dataset()
    copy_graph(store, dataset, ox.DefaultGraph(), dataset.default_graph)
    return dataset


def copy_graph(store, dataset, name, graph):
    for quad in store.quads_for_pattern(None, None, None, name):
        graph.add(tuple(map(to_rdflib, quad.triple)))


def add_named_graphs(store, dataset, text):
    """Copy the graphs that a query names; all but the views for `GRAPH ?variable`."""
    wanted = {vocab.GRAPH + name for name in GRAPH_NAME.findall(text)}
    if re.search(r"GRAPH\s*\?", text):
        names = {graph.value for graph in store.named_graphs()}
        wanted |= {name for name in names if not name.startswith(vocab.GRAPH_VIEW)}
    for iri in wanted:
        graph = dataset.graph(rdflib.URIRef(iri))
        if not len(graph):
            copy_graph(store, dataset, ox.NamedNode(iri), graph)


GRAPH_NAME = re.compile(rf"(?:GRAPH\s+graph:|<{re.escape(vocab.GRAPH)})([\w/~-]+)")


def write_term(value):
    if value is None:
        return ""
    text = str(value.value if hasattr(value, "value") and isinstance(value, NODES) else value)
    return vocab.shorten(text).strip("<>") if text.startswith(vocab.BASE) else text


NODES = (ox.NamedNode, ox.BlankNode, ox.Literal)


def rows_of_pyoxigraph(store, text):
    answer = store.query(text)
    if isinstance(answer, ox.QueryBoolean):
        return [["answer"], [str(bool(answer)).lower()]]
    names = [variable.value for variable in answer.variables]
    return [names, *([write_term(row[name]) for name in names] for row in answer)]


def rows_of_rdflib(graph, query):
    """Ask rdflib, its parameters bound as it binds them.

    It does not carry the term of a VALUES into the groups beside it, and joins them whole.
    """
    text, bindings = query.text, {}
    for parameter in query.parameters:
        text = parameter.block.sub("", text)
        bindings[parameter.name] = (
            rdflib.Literal(parameter.default, datatype=parameter.type_iri)
            if parameter.is_literal
            else rdflib.URIRef(vocab.expand(parameter.default))
        )
    answer = graph.query(text, initBindings=bindings)
    if answer.type == "ASK":
        return [["answer"], [str(bool(answer.askAnswer)).lower()]]
    names = [str(variable) for variable in answer.vars]
    return [names, *([write_term(row[name]) for name in names] for row in answer)]


def read_expected(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def main(names):
    store = open_store(open_snapshot(Path("snapshot")).dataset)
    for name in names:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            rows_of_pyoxigraph(store, find_query(name).text)
        )
        sys.stdout.write(out.getvalue())


if __name__ == "__main__":
    main(sys.argv[1:])
