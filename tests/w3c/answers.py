"""Are two answers equal? Up to the names of blank nodes, and by value as stores compare."""

import csv
import io
from collections import Counter

import pyoxigraph as ox

RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
E = "urn:x-entente-test:"
ROW, COUNT, NONE = ox.NamedNode(E + "row"), ox.NamedNode(E + "count"), None
_RESULTS = {
    ".srx": ox.QueryResultsFormat.XML,
    ".srj": ox.QueryResultsFormat.JSON,
    ".tsv": ox.QueryResultsFormat.TSV,
}


def read_results(data, extension):
    """Read results as a boolean, or as variables and rows."""
    if extension == ".csv":
        return _read_csv(data)
    if extension in _RESULTS:
        parsed = ox.parse_query_results(data, _RESULTS[extension])
        if isinstance(parsed, ox.QueryBoolean):
            return bool(parsed)
        names = [variable.value for variable in parsed.variables]
        return names, [tuple(row[name] for name in names) for row in parsed]
    return None


def read_graph(data, media_type, base):
    """Read triples in any format that the engine knows, by media type."""
    form = ox.RdfFormat.from_media_type(media_type)
    return [quad.triple for quad in ox.parse(data, form, base_iri=base, lenient=True)]


def read_result_graph(triples):
    """Read a result set that is written as a graph; None where the graph is none."""
    graph = ox.Dataset(ox.Quad(*triple) for triple in triples)

    def objects(node, name):
        found = graph.quads_for_subject(node)
        return [quad.object for quad in found if quad.predicate.value == RS + name]

    sets = [t.subject for t in triples if getattr(t.object, "value", "") == RS + "ResultSet"]
    if not sets:
        return None
    if booleans := objects(sets[0], "boolean"):
        return booleans[0].value == "true"
    names = sorted(term.value for term in objects(sets[0], "resultVariable"))
    rows = []
    for solution in objects(sets[0], "solution"):
        bound = {
            objects(binding, "variable")[0].value: objects(binding, "value")[0]
            for binding in objects(solution, "binding")
        }
        rows.append(tuple(bound.get(name) for name in names))
    return names, rows


def equal_results(first, second):
    """Compare two results."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if set(first[0]) != set(second[0]):
        return False
    return _canonical(_quads_of(first)) == _canonical(_quads_of(second))


def equal_graphs(first, second):
    """Compare two lists of triples as graphs."""
    return _canonical(ox.Quad(*t) for t in first) == _canonical(ox.Quad(*t) for t in second)


def _canonical(quads):
    # A store writes each literal in one form, so that 1.0 and 01.0 are one value.
    store = ox.Store()
    store.extend(quads)
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def _quads_of(results):
    names, rows = results
    for number, (row, count) in enumerate(Counter(rows).items()):
        node = ox.BlankNode(f"row-{number}")
        yield ox.Quad(node, COUNT, ox.Literal(count))
        for name, term in zip(names, row, strict=True):
            if term is not None:
                yield ox.Quad(node, ox.NamedNode(E + "var/" + name), term)


def _read_csv(data):
    names, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    return names, [tuple(_read_cell(cell) for cell in row) for row in rows if row]


def _read_cell(cell):
    if cell.startswith("_:"):
        return ox.BlankNode(cell[2:])
    return ox.Literal(cell) if cell else None
