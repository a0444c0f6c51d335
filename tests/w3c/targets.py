"""The servers under test. Each can be given another data set while it runs."""

import hashlib
import os
import signal
import time
from contextlib import contextmanager

import httpx

from serving import serving


class Entente:
    """`entente serve --data`: the file changes, SIGHUP tells, and the version follows."""

    read_only = True

    def __init__(self, server, path):
        self.sparql = server.sparql
        self.store = server.home + "/store"
        self.client = httpx.Client(timeout=30)
        self._server = server
        self._path = path
        self._data = path.read_bytes()

    def ensure(self, nquads):
        """Serve a data set, unless it is the one in service."""
        if nquads != self._data:
            self.load(nquads)

    def load(self, nquads):
        """Serve another data set, and wait until the endpoint names its version."""
        self._data = nquads
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(nquads)
        fresh.replace(self._path)
        wanted = hashlib.sha256(hashlib.sha256(nquads).digest()).hexdigest()
        os.kill(self._server.process.pid, signal.SIGHUP)
        until = time.monotonic() + 120
        while self._version() != wanted:
            assert time.monotonic() < until, "the new data set was not served"
            time.sleep(0.02)

    def _version(self):
        answer = self.client.get(self.sparql, params={"query": "ASK {}"})
        return answer.headers["entente-version"]


@contextmanager
def entente_target(folder, *args):
    """Start our endpoint without data."""
    path = folder / "served.nq"
    path.write_bytes(b"")
    quiet = ("--log-format", "none")
    with serving("--data", path, "--warm-workers", "1", *quiet, *args) as server:
        target = Entente(server, path)
        try:
            yield target
        finally:
            target.client.close()
