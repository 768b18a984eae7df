# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a connection ended, by what was seen of it. What it means is the business of verdict.py."""

from __future__ import annotations

from dataclasses import dataclass

from .connections import Connection
from .talk import CLIENT, SERVER

OUTCOMES = (
    *(
        "established",
        "reset_after_hello",
        "closed_after_hello",
        "closed_without_hello",
        "alert",
        "no_answer",
        "refused",
    ),
    *("proxy_refused", "undetermined"),
)
PATIENCE = 10
"""Seconds after which a hello or a CONNECT that has no answer has none; a server answers within one."""
SYN_PATIENCE = 3
"""The same for a SYN, which is sent again after at most that (RFC 6298, 2.1, and its initial time of Windows)."""
_SECOND = 1_000_000_000


@dataclass(frozen=True)
class Outcome:
    """How it ended.

    ``word``: one of ``OUTCOMES``. ``how``: what happened, as a part of a sentence. ``by``: who ended it, CLIENT or
    SERVER, None where nobody did. ``reset``: by RST, not by FIN.
    """

    word: str
    how: str
    by: int | None = None
    reset: bool = False


def _end(connection: Connection) -> tuple[int, bool, int] | None:
    """(who ended it first, whether by RST, number of that frame); None: nobody."""
    ends = [(frame, side, False) for side, frame in enumerate(connection.fins) if frame is not None]
    ends += [(frame, side, True) for side, frame in enumerate(connection.rsts) if frame is not None]
    if not ends:
        return None
    frame, side, reset = min(ends)
    return side, reset, frame


def end_frame(connection: Connection) -> int | None:
    """The frame that ended it."""
    end = _end(connection)
    return end[2] if end else None


def _incomplete(what: str) -> Outcome:
    return Outcome("undetermined", f"the capture does not hold all of it: {what}")


def how_it_ended(connection: Connection, end_of_capture: int) -> Outcome:
    """How it ended.

    Args:
        connection: at the end of the capture, or when its ports were used again.
        end_of_capture: time of the last frame, nanoseconds since 1970; 0 where the capture has no times.
    """
    talk = connection.talk
    if talk.established:
        return Outcome("established", "the handshake was completed")
    end = _end(connection)
    # What a side says after the other has gone is no reason, but its consequence.
    alerts = [
        alert
        for alert in talk.alerts
        if (alert.fatal or alert.name != "close_notify")
        and (end is None or end[0] == alert.side or alert.frame <= end[2])
    ]
    if alerts:
        who = "client" if alerts[0].side == CLIENT else "server"
        return Outcome("alert", f"the {who} ended the handshake by the alert {alerts[0].name}", alerts[0].side)
    if not talk.hello and not talk.target and not connection.accepted and not any(connection.wrote):
        return _opening(connection, end_of_capture)
    if talk.target is not None and not talk.tunnel:
        return _proxy(connection, end_of_capture)
    return _after_hello(connection, end_of_capture) if talk.hello else _without_hello(connection)


def _waited(since: int, until: int, patience: int) -> bool:
    return bool(since and until) and until - since >= patience * _SECOND


def _opening(connection: Connection, end_of_capture: int) -> Outcome:
    """Not even a TCP connection."""
    end = _end(connection)
    if end is not None and end[0] == SERVER:
        return Outcome("refused", "the server refused the TCP connection (RST)", SERVER, reset=True)
    times = "once" if connection.tries == 1 else f"{connection.tries} times"
    text = f"the client asked for a TCP connection {times}, and nothing answered"
    if end is not None or connection.tries > 1 or _waited(connection.first, end_of_capture, SYN_PATIENCE):
        return Outcome("no_answer", text)
    return Outcome("undetermined", f"{text} before the capture ended")


def _proxy(connection: Connection, end_of_capture: int) -> Outcome:
    """A proxy was asked, and no way was opened."""
    talk, end = connection.talk, _end(connection)
    if talk.refused and talk.answers:
        last = talk.answers[-1]
        schemes = f", which wants {' or '.join(last.schemes)}" if last.schemes else ""
        reason = f" {last.reason}" if last.reason else ""
        return Outcome("proxy_refused", f"the proxy answered CONNECT with {last.status}{reason}{schemes}", SERVER)
    if connection.incomplete():
        return _incomplete("the proxy's answer to CONNECT is missing")
    if talk.broken == SERVER:
        return Outcome("undetermined", "the proxy answered CONNECT with something that is not HTTP")
    if end is not None and end[0] == SERVER:
        how = "reset the connection" if end[1] else "closed the connection"
        return Outcome("proxy_refused", f"the proxy {how} without an answer to CONNECT", SERVER, reset=end[1])
    if end is not None:
        return Outcome("no_answer", "the proxy did not answer CONNECT, and the client gave up", CLIENT, reset=end[1])
    if _waited(connection.last, end_of_capture, PATIENCE):
        return Outcome("no_answer", f"the proxy did not answer CONNECT within {PATIENCE} seconds")
    return Outcome("undetermined", "the proxy had not answered CONNECT when the capture ended")


def _after_hello(connection: Connection, end_of_capture: int) -> Outcome:
    """The client said hello, and there was no session."""
    talk, end = connection.talk, _end(connection)
    answered = talk.server_hello is not None
    server_wrote = answered or (connection.wrote[SERVER] and not talk.tunnel)
    what = "the handshake had begun" if answered else "the server had answered nothing"
    if talk.broken is not None:
        who = "server" if talk.broken == SERVER else "client"
        return Outcome("undetermined", f"after the hello the {who} sent something that is not TLS, or damaged")
    if server_wrote and connection.incomplete():
        return _incomplete("a part of what the server sent is missing")
    if end is None:
        if server_wrote:
            return Outcome("undetermined", "the handshake had begun when the capture ended")
        if _waited(talk.hello_time, end_of_capture, PATIENCE):
            return Outcome("no_answer", f"the hello had no answer within {PATIENCE} seconds")
        return Outcome("undetermined", "the hello had no answer when the capture ended")
    side, reset, _frame = end
    how = "reset the connection (RST)" if reset else "closed the connection (FIN)"
    if side == SERVER:
        word = "reset_after_hello" if reset else "closed_after_hello"
        return Outcome(word, f"the server {how} after the hello, {what}", SERVER, reset)
    if server_wrote:
        return Outcome("closed_after_hello", f"the client {how} within the handshake, without an alert", CLIENT, reset)
    return Outcome("no_answer", f"the hello had no answer, and the client {how}", CLIENT, reset)


def _without_hello(connection: Connection) -> Outcome:
    """A TCP connection, or a way through a proxy, and no hello on it."""
    talk, end = connection.talk, _end(connection)
    if connection.begun is None and connection.accepted is None:
        return _incomplete("it was open when the capture began")
    if connection.incomplete():
        return _incomplete("segments are missing or were cut short")
    if talk.kind == "other" or talk.broken is not None:
        return Outcome("undetermined", "what was said is not TLS")
    if talk.tunnel:
        through = ", after the proxy had opened the way"
    elif connection.wrote[CLIENT]:
        return _incomplete("only a part of what the client said is there")
    else:
        through = ", right after the TCP handshake"
    if end is None:
        return Outcome("undetermined", "the client had not said anything when the capture ended")
    side, reset, _frame = end
    who = "client" if side == CLIENT else "server"
    how = "reset the connection (RST)" if reset else "closed the connection (FIN)"
    return Outcome("closed_without_hello", f"the {who} {how} without a ClientHello{through}", side, reset)
