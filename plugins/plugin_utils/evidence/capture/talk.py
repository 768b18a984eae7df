# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the two sides of a connection say to each other, as far as it can be read: CONNECT, then the TLS handshake."""

from __future__ import annotations

from typing import NamedTuple

from . import certificate, hello, http_connect, tls
from .hello import ClientHello, ServerHello
from .numbers import alert_name

CLIENT, SERVER = 0, 1
SIDES = ("client", "server")
ALERT_LIMIT = 10
ANSWER_LIMIT = 10
_FATAL = 2
_SMALL_RECORD = 24
"""An encrypted alert of TLS 1.3 is no longer: 2 bytes, 1 for its type, a tag of 8 or 16. A Finished is."""
START, ASKED, REFUSED, IN_TLS, OVER = range(5)


class Alert(NamedTuple):
    """An alert that was not encrypted, and the number of its frame."""

    side: int
    fatal: bool
    name: str
    frame: int


class Talk:
    """Takes the bytes of both sides in order.

    ``kind``: empty before it can be told, ``connect`` as long as a proxy is asked, ``tls``, ``other``. ``broken``: the
    side that said something that is no TLS, or not as it must be. ``frames``: frame numbers of ``client_hello``,
    ``server_hello``, ``connect`` (the last one), ``connect_answer``.
    """

    __slots__ = (
        *("_buffers", "_data", "_phase", "_records", "_spec", "alerts", "answers", "broken", "certificates"),
        *("frames", "hello", "hello_time", "kind", "retry", "server_hello", "target", "tunnel"),
    )

    def __init__(self) -> None:
        self.kind = ""
        self.target: tuple[str, int] | None = None
        self.answers: list[http_connect.Answer] = []
        self.tunnel = False
        self.hello: ClientHello | None = None
        self.hello_time = 0
        self.server_hello: ServerHello | None = None
        self.retry = False
        self.certificates: list[certificate.Certificate] = []
        self.alerts: list[Alert] = []
        self.broken: int | None = None
        self.frames: dict[str, int] = {}
        self._phase = START
        self._buffers = (bytearray(), bytearray())
        self._records = (tls.Records(), tls.Records())
        self._spec = [False, False]
        self._data = [0, 0]

    @property
    def over(self) -> bool:
        """Nothing more that is said can be read, or matters."""
        return self._phase == OVER or (self._phase == IN_TLS and self.established)

    @property
    def established(self) -> bool:
        """Both sides have what they need for data."""
        chosen = self.server_hello
        if chosen is not None and chosen.version >= hello.TLS13:
            return self._data[CLIENT] > 0
        if self.retry and chosen is None:
            return False
        return all(self._spec) or all(self._data)

    @property
    def asked(self) -> bool:
        """A proxy has been asked and has not answered."""
        return self._phase == ASKED

    @property
    def refused(self) -> bool:
        """A proxy has answered, and not by opening the way."""
        return self._phase == REFUSED

    def said(self, side: int, data: bytes, frame: int, time: int) -> None:
        """The next bytes of a side, from the frame of this number and time."""
        if self._phase == IN_TLS:
            self._tls(side, data, frame, time)
            return
        if self._phase == OVER or (self._phase == REFUSED and side == SERVER):
            return  # of an answer that refuses, the text for people is left
        buffer = self._buffers[side]
        seen = len(buffer)
        buffer += data
        if self._phase == ASKED:
            if side == SERVER:
                self._answer(seen, frame, time)
        elif side == CLIENT:
            self._begin(seen, frame, time)
        elif not self._buffers[CLIENT] and not self.tunnel:
            # The server speaks first: not in TLS, but the capture may have begun late.
            looks = tls.looks_like_tls(buffer)
            if looks is not None:
                self._start_tls(frame, time) if looks else self._other()
        if len(buffer) > http_connect.HEAD_LIMIT and self._phase != IN_TLS:
            self._other()

    def _other(self) -> None:
        self._end("other")

    def _end(self, kind: str) -> None:
        if not (self.target and kind == "other"):
            self.kind = kind
        self._phase = OVER
        for buffer in self._buffers:
            buffer.clear()

    def _begin(self, seen: int, frame: int, time: int) -> None:
        """The client has said something: the first, or the first after an answer of a proxy."""
        buffer = self._buffers[CLIENT]
        if not self.tunnel and http_connect.METHOD.startswith(bytes(buffer[:8]).upper()):
            end = http_connect.head_end(buffer, seen)
            if end < 0:
                return
            target = http_connect.target(bytes(buffer[:end]))
            if target is None:
                self._other()
                return
            self.kind, self.target, self._phase = "connect", target, ASKED
            self.frames["connect"] = frame
            del buffer[:end]
            self._buffers[SERVER].clear()
            return
        looks = tls.looks_like_tls(buffer)
        if looks:
            self._start_tls(frame, time)
        elif looks is False:
            self.broken = CLIENT if self.tunnel else None
            self._other()

    def _answer(self, seen: int, frame: int, time: int) -> None:
        buffer = self._buffers[SERVER]
        end = http_connect.head_end(buffer, seen)
        if end < 0:
            return
        answer = http_connect.answer(bytes(buffer[:end]))
        if answer is None:
            self.broken = SERVER
            self._other()
            return
        del buffer[:end]
        if answer.status < 200:
            self._answer(0, frame, time)
            return
        self.frames["connect_answer"] = frame
        if len(self.answers) < ANSWER_LIMIT:
            self.answers.append(answer)
        else:
            self.answers[-1] = answer
        if answer.status >= 300:
            self._phase = REFUSED
            buffer.clear()
            return
        self.tunnel, self._phase = True, START
        if self._buffers[CLIENT]:
            self._begin(0, frame, time)

    def _start_tls(self, frame: int, time: int) -> None:
        self.kind, self._phase = "tls", IN_TLS
        for side, buffer in enumerate(self._buffers):
            data = bytes(buffer)
            buffer.clear()
            if data:
                self._tls(side, data, frame, time)

    def _tls(self, side: int, data: bytes, frame: int, time: int) -> None:
        if self._phase == OVER:
            return
        try:
            for message in self._records[side].feed(data):
                self._message(side, message, frame, time)
        except (tls.NotTls, hello.Malformed):
            self.broken = side
            self._end("tls")

    def _message(self, side: int, message: tls.Message, frame: int, time: int) -> None:
        if message.content == tls.CHANGE_CIPHER_SPEC:
            self._spec[side] = True
        elif message.content == tls.DATA:
            if len(message.body) > _SMALL_RECORD or not (
                self.server_hello and self.server_hello.version >= hello.TLS13
            ):
                self._data[side] += 1
        elif message.content == tls.ALERT and len(message.body) == 2 and len(self.alerts) < ALERT_LIMIT:
            level, number = message.body
            self.alerts.append(Alert(side, level == _FATAL, alert_name(number), frame))
        elif message.content != tls.HANDSHAKE:
            return
        elif side == CLIENT and message.type in (tls.CLIENT_HELLO, tls.SSL2_HELLO) and self.hello is None:
            read = hello.client_hello if message.type == tls.CLIENT_HELLO else hello.ssl2_client_hello
            self.frames["client_hello"], self.hello_time = frame, time
            self.hello = read(message.body)
        elif side == SERVER and message.type == tls.SERVER_HELLO and self.server_hello is None:
            self._server_hello(hello.server_hello(message.body), frame)
        elif side == SERVER and message.type == tls.CERTIFICATE and not self.certificates:
            self.certificates = certificate.chain(message.body)

    def _server_hello(self, found: ServerHello, frame: int) -> None:
        if found.version >= hello.TLS13 or found.retry:
            for records in self._records:
                records.spec_protects = False
        if found.retry:
            self.retry = True
            return
        self.server_hello = found
        self.frames["server_hello"] = frame
