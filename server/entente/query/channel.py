"""Frames over a pipe between processes: a header of JSON and a body of bytes."""

from __future__ import annotations

import io
import json
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any

_LENGTHS = struct.Struct("!IQ")
#: Bodies below this are sent in one piece with what stands before them.
_SMALL_BYTES = 64 * 1024

Frame = tuple[dict[str, Any], bytes]


def write_frame(header: Mapping[str, Any], body_size: int = 0) -> bytes:
    """Write a frame, all but its body."""
    text = json.dumps(header).encode()
    return _LENGTHS.pack(len(text), body_size) + text


def send_frame(pipe: socket.socket, header: Mapping[str, Any], body: bytes = b"") -> None:
    """Send a frame, and wait until it is taken.

    Raises:
        OSError: The other end is gone.
    """
    head = write_frame(header, len(body))
    if len(body) < _SMALL_BYTES:
        pipe.sendall(head + body)
    else:
        pipe.sendall(head)
        pipe.sendall(body)


def receive_frame(pipe: socket.socket) -> Frame:
    """Receive a frame, and wait for it.

    Raises:
        EOFError: The other end is gone.
        OSError: The pipe is broken.
    """
    reader = FrameReader()
    while True:
        count = pipe.recv_into(reader.room())
        if not count:
            raise EOFError("the other end of the pipe is gone")
        if frame := reader.take(count):
            return frame


class FrameReader:
    """Takes in one frame, piece by piece as it comes.

    Args:
        admit: Called with the size of the body before it is received; what it raises ends the
            receiving, and the pipe is of no more use.
    """

    def __init__(self, admit: Callable[[int], None] | None = None) -> None:
        self._admit = admit
        self._sizes: tuple[int, int] | None = None
        self._header: dict[str, Any] | None = None
        self._expect(_LENGTHS.size)

    def room(self) -> memoryview:
        """Give where the next bytes go."""
        return self._room[self._at :]

    def take(self, count: int) -> Frame | None:
        """Take note of bytes that have come; give the frame once it is there whole."""
        self._at += count
        while self._at == len(self._room):
            part = self._stream.getvalue()
            if self._sizes is None:
                self._sizes = _LENGTHS.unpack(part)
                self._expect(self._sizes[0])
            elif self._header is None:
                self._header = json.loads(part)
                if self._admit:
                    self._admit(self._sizes[1])
                self._expect(self._sizes[1])
            else:
                return self._header, part
        return None

    def _expect(self, size: int) -> None:
        # The stream gives out the bytes that it was made of without a copy, which would
        # stop every other request for as long as a large answer takes.
        self._stream, self._at = io.BytesIO(bytes(size)), 0
        self._room = self._stream.getbuffer()
