"""An attack as its file tells it, and what becomes of a server that it is run against."""

from __future__ import annotations

import csv
import gzip
import io
import json
import socket
import struct
import time
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

FOLDER = Path(__file__).resolve().parent / "attacks"
MIB = 1024 * 1024
_MOST_BYTES = 80 * MIB
_DRIP_S = 0.2


@dataclass(frozen=True)
class Attack:
    name: str
    family: str
    expect: tuple[int, ...]
    query: tuple = ()
    raw: tuple = ()
    answer: str | None = None
    copies: int = 1
    gzip: bool = False
    via: str = "post"
    accept: str = "application/sparql-results+json"
    manner: str = "send"


@dataclass(frozen=True)
class Result:
    """What one copy of an attack got.

    Attributes:
        status: The status, 0 for a connection that was closed, -1 for one that hung.
        seconds: From the last byte sent to the last byte received.
        fault: What is wrong with a 200, or an empty string.
    """

    status: int
    seconds: float
    fault: str = ""


def read_attacks(folder: Path = FOLDER) -> list[Attack]:
    """Read all attacks, in the order of files and tables."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["attack"]:
            row["expect"] = tuple(row["expect"])
            found.append(Attack(family=path.stem, **row))
    return found


def build(pieces: Sequence, names: Mapping[str, str]) -> str:
    """Put pieces together."""
    text = []
    for piece, times in pieces:
        for name, value in names.items():
            piece = piece.replace("{" + name + "}", value)
        numbered = "%d" in piece
        text.append(
            "".join(piece.replace("%d", str(i)) for i in range(times))
            if numbered
            else piece * times
        )
    return "".join(text)


def launch(
    attack: Attack, port: int, path: str, names: Mapping[str, str], patience_s: float
) -> list[Result]:
    """Run all copies of an attack at once, and wait for what they get, `patience_s` at most."""
    data = _request(attack, path, {**names, "host": f"127.0.0.1:{port}"})
    with ThreadPoolExecutor(attack.copies) as threads:
        runs = [
            threads.submit(_run_one, attack, port, data, names, patience_s)
            for _ in range(attack.copies)
        ]
        return [run.result() for run in runs]


def _request(attack: Attack, path: str, names: Mapping[str, str]) -> bytes:
    if attack.raw:
        return build(attack.raw, names).replace("/sparql", path).encode("latin-1")
    query = build(attack.query, names).encode()
    head = f"Host: {names['host']}\r\nAccept: {attack.accept}\r\nConnection: close\r\n"
    if attack.via == "get":
        return f"GET {path}?query={quote(query)} HTTP/1.1\r\n{head}\r\n".encode()
    kind = "application/sparql-query"
    if attack.via == "form":
        query, kind = b"query=" + quote(query).encode(), "application/x-www-form-urlencoded"
    if attack.gzip:
        query, head = gzip.compress(query), head + "Content-Encoding: gzip\r\n"
    head = f"POST {path} HTTP/1.1\r\n{head}Content-Type: {kind}\r\nContent-Length: {len(query)}\r\n"
    return head.encode() + b"\r\n" + query


def _run_one(
    attack: Attack, port: int, data: bytes, names: Mapping[str, str], patience_s: float
) -> Result:
    until = time.monotonic() + patience_s
    started = time.monotonic()
    try:
        with socket.create_connection(("127.0.0.1", port), patience_s) as connection:
            if attack.manner == "leave":
                connection.sendall(data)
                _reset_on_close(connection)
                return Result(0, 0.0)
            _send(attack, connection, data, until)
            started = time.monotonic()
            if attack.manner == "deaf":
                time.sleep(min(2.0, patience_s))
                return Result(0, 0.0)
            answer = _receive(connection, until)
    except TimeoutError:
        return Result(-1, time.monotonic() - started)
    except OSError:
        return Result(0, time.monotonic() - started)
    seconds = time.monotonic() - started
    return _judge(attack, answer, seconds, names)


def _send(attack: Attack, connection: socket.socket, data: bytes, until: float) -> None:
    if attack.manner != "drip":
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return  # it may have answered before it had read all
        if attack.manner == "half":
            connection.shutdown(socket.SHUT_WR)
        return
    head, tail = data[: data.rfind(b"\n") + 1], data[data.rfind(b"\n") + 1 :]
    connection.sendall(head)
    connection.settimeout(_DRIP_S)
    for byte in tail or b"":
        if time.monotonic() > until:
            return
        try:
            connection.sendall(bytes([byte]))
            if not connection.recv(1, socket.MSG_PEEK):
                return
            return
        except TimeoutError:
            continue


def _receive(connection: socket.socket, until: float) -> bytes:
    received = bytearray()
    while len(received) < _MOST_BYTES:
        connection.settimeout(max(0.01, until - time.monotonic()))
        try:
            part = connection.recv(1 << 20)
        except ConnectionResetError:
            break
        if not part:
            break
        received += part
        if time.monotonic() > until:
            raise TimeoutError
    return bytes(received)


def _judge(attack: Attack, answer: bytes, seconds: float, names: Mapping[str, str]) -> Result:
    head, _, body = answer.partition(b"\r\n\r\n")
    first = head.split(b"\r\n")[0].split()
    if len(first) < 2 or not first[1].isdigit():
        return Result(0, seconds)
    status = int(first[1])
    headers = _headers(head)
    if "x-injected" in headers:
        return Result(status, seconds, "a header was injected")
    if names["secret"].encode() in answer:
        return Result(status, seconds, "it tells what stands in the file")
    if b"<script>alert" in body and "text/html" in headers.get("content-type", ""):
        return Result(status, seconds, "script in the page")
    if status != 200 or attack.raw:
        return Result(status, seconds)
    return Result(status, seconds, _find_fault(attack, headers, body))


def _headers(head: bytes) -> dict[str, str]:
    pairs = [line.decode("latin-1").partition(":") for line in head.split(b"\r\n")[1:]]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _find_fault(attack: Attack, headers: Mapping[str, str], body: bytes) -> str:
    if "chunked" in headers.get("transfer-encoding", ""):
        if not body.endswith(b"0\r\n\r\n"):
            return "cut"
        body = _unchunk(body)
    elif len(body) != int(headers.get("content-length", len(body))):
        return "cut"
    kind = headers.get("content-type", "").split(";")[0]
    try:
        if kind.endswith("json"):
            json.loads(body)
        elif kind.endswith("xml"):
            ET.fromstring(body)
        elif kind == "text/csv":
            list(csv.reader(io.StringIO(body.decode()), strict=True))
    except (ValueError, ET.ParseError, csv.Error):
        return f"not well-formed {kind}"
    if attack.answer is not None and kind == "text/csv" and body.decode() != attack.answer:
        return "another answer"
    return ""


def _unchunk(body: bytes) -> bytes:
    whole, at = bytearray(), 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end], 16)
        if not size:
            return bytes(whole)
        whole += body[end + 2 : end + 2 + size]
        at = end + 4 + size


def _reset_on_close(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
