# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of TLS and SSL 3.0, and the messages in them; of one direction, in order, piece by piece.

Sources: RFC 5246 (6.2, 7), RFC 8446 (5), RFC 6101; of the hello in the form of SSL 2.0: RFC 5246, E.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
_HEARTBEAT = 24
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11
SSL2_HELLO = 0x80
"""As ``Message.type``: a ClientHello in the form of SSL 2.0."""
RECORD_LIMIT = 16384 + 2048
MESSAGE_LIMIT = 256 * 1024
"""No handshake message that is read is longer. A chain of certificates has some kilobytes."""


class NotTls(Exception):
    """These bytes are no TLS."""


class Message(NamedTuple):
    """A handshake message, or the content of a record of another type; ``type`` is that of the handshake message."""

    content: int
    type: int
    body: bytes


def looks_like_tls(start: bytes | bytearray) -> bool | None:
    """Whether the first bytes that are there are TLS; None: too few to tell."""
    if not start:
        return None
    if CHANGE_CIPHER_SPEC <= start[0] <= DATA:
        return None if len(start) < 2 else start[1] == 3
    if start[0] & 0x80:
        if len(start) < 5:
            return None if len(start) < 3 or start[2] == CLIENT_HELLO else False
        return start[2] == CLIENT_HELLO and (start[3] == 3 or start[3:5] == b"\0\2")
    return False


class Records:
    """What one side sends.

    ``spec_protects``: whether handshake messages after ChangeCipherSpec are encrypted. TLS 1.3 sends it for show.
    """

    __slots__ = ("_buffer", "_first", "_handshake", "_protected", "spec_protects")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._handshake = bytearray()
        self._first = True
        self._protected = False
        self.spec_protects = True

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that are complete now; the caller takes them all, and may set ``spec_protects`` in between.

        Raises:
            NotTls: the bytes are none.
        """
        buffer = self._buffer
        buffer += data
        at = 0
        size = len(buffer)
        while size - at >= 5:
            kind = buffer[at]
            if self._first and kind & 0x80:
                end = 2 + ((kind & 0x7F) << 8 | buffer[at + 1])
                if not looks_like_tls(buffer):
                    raise NotTls
                if size < end:
                    break
                self._first = False
                yield Message(HANDSHAKE, SSL2_HELLO, bytes(buffer[2:end]))
                at = end
                continue
            length = buffer[at + 3] << 8 | buffer[at + 4]
            if not CHANGE_CIPHER_SPEC <= kind <= _HEARTBEAT or buffer[at + 1] != 3 or length > RECORD_LIMIT:
                raise NotTls
            end = at + 5 + length
            if size < end:
                break
            content = bytes(buffer[at + 5 : end])
            at = end
            self._first = False
            if kind == HANDSHAKE and not self._protected:
                self._handshake += content
                yield from self._messages()
                continue
            # An encrypted alert is told from a Finished by nothing but its length, so it is no alert here.
            yield Message(DATA if self._protected else kind, 0, content)
            if kind == CHANGE_CIPHER_SPEC and self.spec_protects:
                self._protected = True
        del buffer[:at]

    def _messages(self) -> Iterator[Message]:
        held = self._handshake
        at = 0
        while len(held) - at >= 4:
            end = at + 4 + int.from_bytes(held[at + 1 : at + 4], "big")
            if end - at > MESSAGE_LIMIT:
                raise NotTls
            if len(held) < end:
                break
            yield Message(HANDSHAKE, held[at], bytes(held[at + 4 : end]))
            at = end
        del held[:at]
