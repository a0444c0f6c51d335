"""Frames over a pipe between processes: a header of JSON and a body of bytes."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

_LENGTHS = struct.Struct("!IQ")


def send_frame(pipe: socket.socket, header: Mapping[str, Any], body: bytes = b"") -> None:
    """Send a frame.

    Raises:
        OSError: The other end is gone.
    """
    text = json.dumps(header).encode()
    pipe.sendall(_LENGTHS.pack(len(text), len(body)) + text)
    if body:
        pipe.sendall(body)


def receive_frame(pipe: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Receive a frame, and wait for it as long as the pipe's timeout allows.

    Raises:
        EOFError: The other end is gone.
        TimeoutError: The frame did not come in time.
        OSError: The pipe is broken.
    """
    header_size, body_size = _LENGTHS.unpack(_receive_exactly(pipe, _LENGTHS.size))
    header = json.loads(_receive_exactly(pipe, header_size))
    return header, _receive_exactly(pipe, body_size)


def _receive_exactly(pipe: socket.socket, size: int) -> bytes:
    buffer = bytearray(size)
    view, at = memoryview(buffer), 0
    while at < size:
        count = pipe.recv_into(view[at:])
        if not count:
            raise EOFError("the other end of the pipe is gone")
        at += count
    return bytes(buffer)
