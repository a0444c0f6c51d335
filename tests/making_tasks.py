"""Tasks of a worker that makes graphs, for tests of the pool."""

import os

import pyoxigraph as ox

from entente.errors import InconsistentGraph


def open_tasks(_texts):
    return {"make": make}


def make(store, job):
    name = job.arguments["graph"]
    if name.endswith("/bad"):
        raise InconsistentGraph("it contradicts itself", explanations=["one", "two"])
    node = ox.NamedNode("http://example.org/made")
    store.add(ox.Quad(node, node, ox.Literal(os.getpid()), ox.NamedNode(name)))
    return b""
