# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From segments to connections: who opened one, what was said, who closed it and how."""

from __future__ import annotations

from collections.abc import Callable

from .frame import Skip
from .ip import ACK, FIN, RST, SYN, Segment, split_key
from .stream import Stream, distance
from .talk import CLIENT, SERVER, Talk
from .trouble import Trouble

CONNECTION_LIMIT = 50_000
"""Most connections of one capture that are kept; what comes beyond is counted."""
FLOW_LIMIT = 400_000
"""Most directions that are known as of no interest, before they are forgotten."""
READ_LIMIT = 512 * 1024
"""Bytes of a direction after which nothing more is read of the connection."""
SHORT = (
    "TCP segments were cut short when they were captured: record whole packets (pktmon: --pkt-size 0, tcpdump: -s 0)"
)


class Connection:
    """One TCP connection. Lists have the client's first; numbers of frames are None where there was none.

    ``begun``: the first SYN is in the capture. ``accepted``: the server's SYN is. ``tries``: SYNs of the client.
    ``bare_ack``: the client has confirmed the server's SYN.
    """

    __slots__ = (
        *("accepted", "bare_ack", "begun", "client", "fins", "first", "isn", "last", "rsts", "server", "streams"),
        *("talk", "tries", "wrote"),
    )

    def __init__(self, key: bytes, time: int) -> None:
        client, client_port, server, server_port = split_key(key)
        self.client = (client, client_port)
        self.server = (server, server_port)
        self.first = self.last = time
        self.begun: int | None = None
        self.isn: int | None = None
        self.accepted: int | None = None
        self.bare_ack = False
        self.tries = 0
        self.wrote = [False, False]
        self.fins: list[int | None] = [None, None]
        self.rsts: list[int | None] = [None, None]
        self.streams = (Stream(), Stream())
        self.talk = Talk()

    @property
    def over(self) -> bool:
        """Only its end still matters."""
        return self.talk.over or any(one.lost or one.delivered > READ_LIMIT for one in self.streams)

    def incomplete(self) -> bool:
        """Something that was sent is missing."""
        return any(one.incomplete(closed=fin is not None) for one, fin in zip(self.streams, self.fins, strict=True))


class _Ignored:
    """A direction of a connection of no interest; ``closed`` by its FIN."""

    __slots__ = ("closed",)

    def __init__(self) -> None:
        self.closed = False


class Connections:
    """All connections of a capture that may matter, in the order in which they began."""

    def __init__(self, interesting: Callable[[Connection], bool], skip: Skip, trouble: Trouble) -> None:
        """``interesting``: whether a connection may matter, by what was said so far."""
        self._interesting = interesting
        self._skip = skip
        self._trouble = trouble
        self._flows: dict[bytes, tuple[Connection, int] | _Ignored] = {}
        self._kept: dict[int, Connection] = {}

    def all(self) -> list[Connection]:
        return list(self._kept.values())

    def add(self, segment: Segment) -> None:
        """Takes the next segment of the capture."""
        flags = segment.flags
        known = self._flows.get(segment.key)
        if flags & SYN and not flags & RST:
            known = self._syn(segment, known)
        if known is None:
            if not segment.data or flags & (FIN | RST | SYN):
                return  # the rest of something that was open before
            known = self._late(segment)
        if known is None:
            return
        if isinstance(known, _Ignored):
            self._ignore(segment, known)
        else:
            self._take(segment, *known)

    def _syn(
        self, segment: Segment, known: tuple[Connection, int] | _Ignored | None
    ) -> tuple[Connection, int] | _Ignored | None:
        side = SERVER if segment.flags & ACK else CLIENT
        if isinstance(known, tuple):
            connection, found = known
            # Frames may be in the file in another order than they were sent in: the answer before the SYN.
            early = connection.isn is None and connection.accepted is not None
            same = side == SERVER or early or connection.isn == segment.seq
            if found == side and same:
                return known
            if side == SERVER:
                return known
        elif known is not None and side == SERVER:
            return known
        return self._new(segment, side)

    def _late(self, segment: Segment) -> tuple[Connection, int] | None:
        """A connection that was open when the capture began. Its client is who says hello, or has the higher port."""
        start = segment.data[:6]
        source, destination = segment.key[-4:-2], segment.key[-2:]
        server_speaks = source < destination
        if start[:2] == b"\x16\x03" and len(start) == 6 and start[5] in (1, 2):
            server_speaks = start[5] == 2
        elif start.startswith(b"CONNECT"):
            server_speaks = False
        return self._new(segment, SERVER if server_speaks else CLIENT)

    def _new(self, segment: Segment, side: int) -> tuple[Connection, int] | None:
        """A connection, of which this segment is the first that was seen, sent by ``side``."""
        for key in (segment.key, segment.reverse):
            self._skip.remove(key)
        if len(self._kept) >= CONNECTION_LIMIT:
            self._trouble.cut(
                f"of more than {CONNECTION_LIMIT} connections that may matter, the later ones are left out"
            )
            return None
        if len(self._flows) >= FLOW_LIMIT:
            self._forget()
        ends = (segment.key, segment.reverse) if side == CLIENT else (segment.reverse, segment.key)
        connection = Connection(ends[CLIENT], segment.time)
        self._kept[id(connection)] = connection
        for which, key in enumerate(ends):
            self._flows[key] = (connection, which)
        return connection, side

    def _take(self, segment: Segment, connection: Connection, side: int) -> None:
        flags = segment.flags
        connection.last = max(connection.last, segment.time)
        stream, other = connection.streams[side], connection.streams[1 - side]
        seq = segment.seq
        if flags & SYN:
            self._opening(segment, connection, side)
            seq += 1
        elif side == CLIENT and flags & ACK and not flags & RST:
            connection.bare_ack = True
        if flags & ACK and not flags & RST and not connection.over:
            other.acknowledge(segment.ack)
        if segment.data or segment.missing:
            if connection.over:
                self._pass(segment)
            else:
                self._said(segment, connection, side, seq, stream)
        if flags & FIN and connection.fins[side] is None:
            connection.fins[side] = segment.frame
        if flags & RST and connection.rsts[side] is None:
            connection.rsts[side] = segment.frame

    def _opening(self, segment: Segment, connection: Connection, side: int) -> None:
        if side == SERVER:
            if connection.accepted is None:
                connection.accepted = segment.frame
        else:
            connection.tries += 1
            connection.isn = segment.seq
            if connection.begun is None:
                connection.begun = segment.frame
        connection.streams[side].start(segment.seq + 1)

    def _said(self, segment: Segment, connection: Connection, side: int, seq: int, stream: Stream) -> None:
        # One byte before what comes next is a probe of an idle connection.
        if stream.next is not None and distance(seq, stream.next) == -1 and len(segment.data) == 1:
            return
        connection.wrote[side] = True
        if segment.missing:
            self._trouble.cut(SHORT)
        data = stream.add(seq, segment.data, segment.missing)
        if not data:
            return
        talk = connection.talk
        before = (talk.kind, talk.hello, talk.target)
        talk.said(side, data, segment.frame, segment.time)
        if (talk.kind, talk.hello, talk.target) != before and not self._interesting(connection):
            self._drop(segment, connection)

    def _drop(self, segment: Segment, connection: Connection) -> None:
        self._kept.pop(id(connection), None)
        for key in (segment.key, segment.reverse):
            self._flows[key] = _Ignored()

    def _ignore(self, segment: Segment, known: _Ignored) -> None:
        if segment.flags & FIN:
            known.closed = True
        other = self._flows.get(segment.reverse)
        if segment.flags & RST or (known.closed and isinstance(other, _Ignored) and other.closed):
            for key in (segment.key, segment.reverse):
                if isinstance(self._flows.get(key), _Ignored):
                    del self._flows[key]
                self._skip.remove(key)
        else:
            self._pass(segment)

    def _pass(self, segment: Segment) -> None:
        """Frames like this one need not be read any more, but those that open or close."""
        if segment.layout is not None:
            self._skip.add(segment.layout, segment.key)

    def _forget(self) -> None:
        """Makes room. What is forgotten is met again as a connection that was open when the capture began."""
        self._flows = {key: known for key, known in self._flows.items() if isinstance(known, tuple)}
        self._skip.clear()
        self._trouble.note("there are very many connections: some that were left out may be told as of no known end")
