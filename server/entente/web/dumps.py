"""Dumps over HTTP: `/dumps/<version>/<file>`, and `/dumps/latest/<file>`, which leads there.

A dump lies on disk compressed. It is given as it lies where the client reads gzip, else unpacked
on its way, and a part of it by Range in either form.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound, RequestedRangeNotSatisfiable

from entente.errors import Busy, EntenteError
from entente.pipeline.dumps import DUMPS, DumpFile, dump_path, read_dumps
from entente.query.formats import GRAPH_FORMATS
from entente.query.pool import Pool
from entente.snapshot import find_version
from entente.web.compress import takes_coding
from entente.web.documented import documented
from entente.web.exchange import EXCHANGE, Exchange

LATEST = "latest"
_CHUNK_BYTES = 256 * 1024
_YEAR_S = 365 * 24 * 3600
_PARTIAL = 206


class Dumps:
    """The dumps of the versions that are kept; those of a version are made once, when asked for.

    Args:
        pool: Its data set tells where the snapshots lie.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._makers: dict[Path, subprocess.Popen[bytes]] = {}

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the routes; the blueprint is changed in place."""
        blueprint.add_url_rule("/dumps/<version>/<name>", "dump", self.answer)

    @documented(
        "Give a dump of a version whole, or a part of it by Range; `latest` leads to the newest",
        formats=[form for form in GRAPH_FORMATS if form.name in ("nq", "trig", "jsonld", "ttl")],
        statuses=(200, 206, 302),
    )
    def answer(self, version: str, name: str) -> Response:
        """Answer a dump."""
        if name not in {dump.name for dump in DUMPS}:
            names = ", ".join(dump.name for dump in DUMPS)
            raise NotFound(f"there is no dump {name[:100]}; there are {names}")
        if version == LATEST:
            return _lead(f"{request.root_path}/dumps/{self._served().name}/{name}")
        folder = self.find_folder(version)
        (file,) = (file for file in self.ensure(folder) if file.name == name)
        return _give(folder, file)

    def find_folder(self, version: str) -> Path:
        """Find the folder of a version by its whole name.

        Raises:
            werkzeug.exceptions.NotFound: The data in service have no versions.
            VersionUnknown: There never was such a version.
            VersionGone: Its files were removed.
        """
        served = self._served()
        if version == served.name:
            return served
        return served.parent / find_version(served.parent, version).version

    def ensure(self, folder: Path) -> list[DumpFile]:
        """List the dumps of a version, and make them first where they are not there.

        Raises:
            Busy: They are still being made after as long as a query may take.
            EntenteError: They cannot be made.
        """
        if not (files := read_dumps(folder)):
            self._make(folder, self._pool.settings.deadline_s)
            files = read_dumps(folder)
        return files

    def look_up(self, folder: Path) -> list[DumpFile]:
        """List the dumps of a version, or nothing where they are being made or cannot be."""
        if not (files := read_dumps(folder)):
            with contextlib.suppress(EntenteError):
                self._make(folder, self._pool.settings.queue_wait_s)
            files = read_dumps(folder)
        return files

    def _served(self) -> Path:
        folder = self._pool.current.served.folder
        if folder is None:
            raise NotFound("these data have no versions and no dumps; they are files as they are")
        return folder

    def _make(self, folder: Path, wait_s: float) -> None:
        with self._lock:
            if folder not in self._makers:
                command = [sys.executable, "-m", "entente.pipeline.dumps", str(folder)]
                self._makers[folder] = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
                )
            maker = self._makers[folder]
        try:
            maker.wait(wait_s)
        except subprocess.TimeoutExpired:
            raise Busy("the dumps are being made", fix="ask again in a few seconds") from None
        with self._lock:
            self._makers.pop(folder, None)
        if maker.returncode:
            raise EntenteError(
                "the dumps are not made and cannot be made here",
                fix="let `entente dump` write them beside the snapshot",
            )


def _lead(address: str) -> Response:
    response = Response(f"See {address}\n", 302, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = address
    response.headers["Cache-Control"] = "no-cache"
    return response


def _give(folder: Path, file: DumpFile) -> Response:
    packed = takes_coding(request.accept_encodings, "gzip")
    size = file.gzip_size if packed else file.size
    tag = file.sha256[:32] + ("-gzip" if packed else "")
    response = Response(content_type=_content_type(file))
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    response.headers["ETag"] = f'"{tag}"'
    address = f"{request.root_path}/version/{folder.name}"
    response.headers["Link"] = f'<{address}>; rel="describedby"'
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    else:
        digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
        response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    if request.if_none_match.contains(tag) or request.if_none_match.star_tag:
        response.status_code = 304
        return response
    start, stop = _read_range(size, tag)
    if (start, stop) != (0, size):
        response.status_code = _PARTIAL
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.headers["Content-Length"] = str(stop - start)
    if request.method == "GET":
        _exchange().parts = _read_part(dump_path(folder, file.name), packed, start, stop)
    return response


def _content_type(file: DumpFile) -> str:
    return file.media_type + ("; charset=utf-8" if file.media_type.startswith("text/") else "")


def _read_range(size: int, tag: str) -> tuple[int, int]:
    """Read which bytes are wanted, all where Range names several parts or another version.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
    """
    asked, condition = request.range, request.if_range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, size
    if condition.date or (condition.etag and condition.etag != tag):
        return 0, size
    found = asked.range_for_length(size)
    if found is None:
        raise RequestedRangeNotSatisfiable(size, description=f"the dump has {size} bytes")
    return found


def _read_part(path: Path, packed: bool, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") if packed else gzip.open(path, "rb") as file:
        file.seek(start)
        left = stop - start
        while left and (part := file.read(min(left, _CHUNK_BYTES))):
            left -= len(part)
            yield part


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()
