"""An endpoint elsewhere that does what its path says, for tests of SERVICE."""

import json
import socketserver
import ssl
import threading
import time
from contextlib import contextmanager, suppress

JSON = "application/sparql-results+json"


class Far:
    """A server that behaves badly, and notes what it was asked.

    Attributes:
        port: Where it listens.
        asked: The head and the body of each request, in their order.
    """

    def __init__(self, port, asked):
        self.port = port
        self.asked = asked
        self.home = f"http://127.0.0.1:{port}"


def rows(variables, *bindings):
    return json.dumps({"head": {"vars": variables}, "results": {"bindings": list(bindings)}})


def uri(value):
    return {"type": "uri", "value": value}


def respond(body, kind=JSON, status="200 OK", extra=""):
    raw = body if isinstance(body, bytes) else body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(raw)}\r\n{extra}\r\n"
    return head.encode() + raw


ONE = rows(["x"], {"x": uri("http://example.org/far")})
EMPTY = rows(["x"])
FIXED = {
    "one": respond(ONE),
    "plain-json": respond(ONE, "application/json; charset=utf-8"),
    "html": respond("<html>Welcome</html>", "text/html"),
    "no-json": respond("<html>Welcome</html>"),
    "cut-json": respond(ONE[:-4]),
    "yes": respond('{"head":{},"boolean":true}'),
    "bad-iri": respond(rows(["x"], {"x": uri("not an iri")})),
    "unknown-variable": respond(rows(["x"], {"y": uri("http://example.org/far")})),
    "other-variable": respond(rows(["y"], {"y": uri("http://example.org/far")})),
    "latin": respond(rows(["x"]).encode() + b"\xe9"),
    "gzip": respond(ONE, extra="Content-Encoding: gzip\r\n"),
    "redirect": respond("", status="302 Found", extra="Location: /one\r\n"),
    "error": respond("no\x1bt now", "text/plain", "500 Internal Server Error"),
    "busy": respond("slow down", "text/plain", "429 Too Many Requests"),
    "part": respond(ONE, extra="X-SPARQL-MaxRows: 10000\r\n"),
    "too-many": respond(rows(["x"], *[{"x": uri(f"http://example.org/{n}")} for n in range(60)])),
    "short": respond(ONE).replace(b"Content-Length: ", b"Content-Length: 9"),
    "no-http": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "deep": respond('{"head":{"vars":["x"]},"results":{"bindings":' + "[" * 50_000),
    "doctype": respond(
        '<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        '<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/></head>'
        '<results><result><binding name="x"><literal>&b;</literal></binding></result></results>'
        "</sparql>",
        "application/sparql-results+xml",
    ),
    "xml": respond(
        '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
        '<variable name="x"/></head><results><result><binding name="x"><bnode>n</bnode></binding>'
        "</result></results></sparql>",
        "application/sparql-results+xml",
    ),
}


def hang(send):
    while True:
        time.sleep(0.05)
        send(b"")


def trickle(send):
    send(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n\r\n".encode())
    while True:
        time.sleep(0.05)
        send(b" ")


def pour(send):
    send(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    while True:
        send(b"2000\r\n" + b" " * 0x2000 + b"\r\n")


def pour_heads(send):
    send(b"HTTP/1.1 200 OK\r\n")
    while True:
        time.sleep(0.01)
        send(b"X-More: and more\r\n")


def continue_forever(send):
    while True:
        time.sleep(0.01)
        send(b"HTTP/1.1 100 Continue\r\n\r\n")


ENDLESS = {
    "hang": hang,
    "trickle": trickle,
    "pour": pour,
    "heads": pour_heads,
    "continue": continue_forever,
}


@contextmanager
def far_endpoint(certificate=None):
    """Listen on the loopback until the block ends; by TLS where there is a certificate."""
    asked, closing = [], threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            with suppress(OSError):
                head = b"".join(iter(self.rfile.readline, b"\r\n")).decode()
                length = head.lower().partition("content-length: ")[2].split("\r\n")[0] or 0
                asked.append((head, self.rfile.read(int(length)).decode()))
                name = head.split()[1].strip("/")
                if name in ENDLESS:
                    ENDLESS[name](self.send)
                else:
                    self.send(FIXED[name])

        def send(self, data):
            if closing.is_set():
                raise OSError
            if not data:  # is anybody still there?
                self.request.setblocking(False)
                with suppress(BlockingIOError):
                    if not self.request.recv(1):
                        raise OSError
                self.request.setblocking(True)
            self.request.sendall(data)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield Far(server.server_address[1], asked)
        finally:
            closing.set()
            server.shutdown()
