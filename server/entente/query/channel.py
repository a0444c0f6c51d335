"""Frames over a pipe between processes: a header of JSON and a body of bytes."""

from __future__ import annotations

import io
import json
import socket
import struct
from collections.abc import Callable, Mapping
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


def receive_frame(
    pipe: socket.socket, admit: Callable[[int], None] | None = None
) -> tuple[dict[str, Any], bytes]:
    """Receive a frame, and wait for it as long as the pipe's timeout allows.

    Args:
        pipe: Where it comes from.
        admit: Called with the size of the body before it is received; what it raises
            ends the receiving, and the pipe is of no more use.

    Raises:
        EOFError: The other end is gone.
        TimeoutError: The frame did not come in time.
        OSError: The pipe is broken.
    """
    header_size, body_size = _LENGTHS.unpack(_receive_exactly(pipe, _LENGTHS.size))
    header = json.loads(_receive_exactly(pipe, header_size))
    if admit:
        admit(body_size)
    return header, _receive_exactly(pipe, body_size)


def _receive_exactly(pipe: socket.socket, size: int) -> bytes:
    # The stream gives out the bytes that it was made of without a copy, which would
    # stop every other thread for as long as a large answer takes.
    stream, at = io.BytesIO(bytes(size)), 0
    with stream.getbuffer() as view:
        while at < size:
            count = pipe.recv_into(view[at:])
            if not count:
                raise EOFError("the other end of the pipe is gone")
            at += count
    return stream.getvalue()
