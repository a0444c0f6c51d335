"""Graph store tests against a store that may be read-only.

What a test writes is sent all the same, and must be refused with 405; then the runner
serves the data set that the write would have left, so that what the test reads is asked.
"""

import io
from email import message_from_bytes
from urllib.parse import parse_qs, quote, urlsplit

import pyoxigraph as ox

from w3c.answers import equal_graphs, read_graph

WRITES = ("PUT", "POST", "DELETE", "PATCH")


class Model:
    """The graphs that a store would hold, by IRI; None names the default graph."""

    def __init__(self):
        self.graphs = {}

    def apply(self, request, graph):
        """Do what a write asks; changed in place."""
        if request.method == "DELETE":
            self.graphs.pop(graph, None)
            return
        triples = _read_body(request)
        kept = self.graphs.get(graph, []) if request.method == "POST" else []
        self.graphs[graph] = [*kept, *triples]

    def write(self):
        """Write the graphs as N-Quads."""
        output = io.BytesIO()
        for graph, triples in self.graphs.items():
            name = ox.DefaultGraph() if graph is None else ox.NamedNode(graph)
            quads = [ox.Quad(*triple, name) for triple in triples]
            ox.serialize(quads, output, ox.RdfFormat.N_QUADS)
        return output.getvalue()


def run_store(target, case):
    """Run the requests of a graph store test in their order."""
    model, location = Model(), ""
    for number, request in enumerate(case.requests, 1):
        path = request.target.removeprefix("/gsp").replace("$LOCATION$", quote(location, safe=""))
        address = target.store + path
        response = target.client.request(
            request.method, address, content=request.body, headers=list(request.headers)
        )
        if request.method in WRITES and target.read_only:
            if response.status_code != 405 or "read-only" not in response.text:
                return f"request {number}: a write was answered {response.status_code}"
            model.apply(request, _graph_of(address))
            target.load(model.write())
            continue
        location = response.headers.get("location", location)
        if failure := _check(request, response, address):
            return f"request {number} ({request.method}): {failure}"
    return None


def _check(request, response, address):
    wanted = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404}
    if response.status_code not in [wanted[name] for name in request.statuses]:
        return f"status {response.status_code}, not {' or '.join(request.statuses)}"
    if request.answer is None:
        return None
    media_type = response.headers["content-type"].split(";")[0]
    if request.method == "HEAD":
        return None
    got = read_graph(response.content, media_type, address)
    expected = read_graph(request.answer.encode(), "text/turtle", address)
    return None if equal_graphs(expected, got) else "another graph"


def _graph_of(address):
    """Name the graph behind an address: by `?graph=`, `?default`, or the address itself."""
    parameters = parse_qs(urlsplit(address).query, keep_blank_values=True)
    if "default" in parameters:
        return None
    return parameters["graph"][0] if "graph" in parameters else address


def _read_body(request):
    media_type = dict(request.headers)["content-type"]
    if not media_type.startswith("multipart/"):
        return _parse(request.body, media_type)
    text = f"Content-Type: {media_type}\r\n\r\n".encode() + request.body.strip()
    return [
        triple
        for part in message_from_bytes(text).get_payload()
        for triple in _parse(part.get_payload(decode=True), part.get_content_type())
    ]


def _parse(data, media_type):
    form = ox.RdfFormat.from_media_type(media_type.split(";")[0])
    return [q.triple for q in ox.parse(data, form, rename_blank_nodes=True)]
