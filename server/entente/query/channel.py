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
#: What is read before it is known how much there is.
_FRONT_BYTES = 32 * 1024

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


def receive_frame(pipe: socket.socket, reader: FrameReader | None = None) -> Frame:
    """Receive a frame, and wait for it. The other end sends nothing behind it until it is answered.

    Args:
        pipe: Where it comes from.
        reader: What takes it in, where one is kept from frame to frame.

    Raises:
        EOFError: The other end is gone.
        OSError: The pipe is broken.
    """
    reader = reader or FrameReader()
    reader.begin()
    while True:
        count = pipe.recv_into(reader.room())
        if not count:
            raise EOFError("the other end of the pipe is gone")
        if frame := reader.take(count):
            return frame


class FrameReader:
    """Takes in one frame after the other, piece by piece as they come."""

    def __init__(self) -> None:
        #: Where a frame begins to be read; small ones are there whole with one piece.
        self._front = memoryview(bytearray(_FRONT_BYTES))
        self.begin()

    def begin(self, admit: Callable[[int], None] | None = None) -> None:
        """Make ready for the next frame.

        Args:
            admit: Called with the size of the body before the body is received whole; what it
                raises ends the receiving, and the pipe is of no more use.
        """
        self._admit = admit
        self._header: dict[str, Any] | None = None
        self._body = io.BytesIO()
        self._room, self._at = self._front, 0

    def room(self) -> memoryview:
        """Give where the next bytes go."""
        return self._room[self._at :]

    def take(self, count: int) -> Frame | None:
        """Take note of bytes that have come; give the frame once it is there whole."""
        self._at += count
        if self._header is None:
            return self._take_front()
        if self._at < len(self._room):
            return None
        header, body = self._header, self._body.getvalue()
        self.begin()  # so that it is not held longer than the answer
        return header, body

    def _take_front(self) -> Frame | None:
        if self._at < _LENGTHS.size:
            return None
        header_size, body_size = _LENGTHS.unpack_from(self._room)
        begin = _LENGTHS.size + header_size
        if self._at < begin:
            if len(self._room) < begin:
                longer = memoryview(bytearray(begin))
                longer[: self._at] = self._room[: self._at]
                self._room = longer
            return None
        self._header = json.loads(bytes(self._room[_LENGTHS.size : begin]))
        if self._admit:
            self._admit(body_size)
        part = self._room[begin : self._at]
        if len(part) == body_size:
            return self._header, bytes(part)
        # The stream gives out the bytes that it was made of without a copy, which would
        # stop every other request for as long as a large answer takes.
        self._body, self._at = io.BytesIO(bytes(body_size)), len(part)
        self._room = self._body.getbuffer()
        self._room[: self._at] = part
        return None
