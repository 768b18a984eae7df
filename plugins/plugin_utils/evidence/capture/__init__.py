# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict of a capture: how each connection to an update endpoint ended, and which issue that shows.

A capture goes through these files: ``formats`` (pcap or pcapng) -> frames -> ``link``, ``ip`` -> segments ->
``connections``, ``stream`` -> bytes in order -> ``talk`` (``http_connect``, ``tls``, ``hello``, ``certificate``) ->
``endpoints`` (whose is it?) -> ``outcome`` (how did it end?) -> ``verdict`` (what does it show?).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO

from ...text import clean
from .connections import Connection, Connections
from .endpoints import Attribution, Attributor, Wanted
from .formats import open_frames
from .frame import CaptureError, Skip
from .ip import Answer, read
from .numbers import group_name, suite_name, version_name
from .outcome import end_frame, how_it_ended
from .talk import SIDES
from .trouble import Trouble
from .verdict import judge, offered_versions, rules_of

__all__ = ["CaptureError", "Wanted", "read_capture", "read_stream"]

SYNC_ENDPOINT = "sws.update.microsoft.com"
"""Whose rules hold for an endpoint that the user names and no table knows."""
_TEXT_LIMIT = 300


def read_capture(path: str | os.PathLike[str], wanted: Wanted, suites: Sequence[str] | None = None) -> dict[str, Any]:
    """The result of ``capture_info`` for a file; see docs/reference/captures.md.

    Raises:
        CaptureError: it can't be read, or is no capture; the text begins with its path.
    """
    try:
        with Path(path).open("rb", buffering=0) as stream:
            return read_stream(stream, str(path), wanted, suites)
    except IsADirectoryError:
        raise CaptureError(f"{path} is a folder, not a capture. Name the .pcapng or .pcap file in it") from None
    except OSError as problem:
        raise CaptureError(f"{path} can't be read: {problem.strerror or problem}") from problem
    except CaptureError as problem:
        raise CaptureError(f"{path} {problem}") from None


def read_stream(stream: BinaryIO, name: str, wanted: Wanted, suites: Sequence[str] | None = None) -> dict[str, Any]:
    """As ``read_capture``, of an open file that is called ``name``."""
    trouble, skip = Trouble(), Skip()
    attributor = Attributor(wanted)
    connections = Connections(attributor.interesting, skip, trouble)
    for frame in open_frames(stream, name, skip, trouble):
        found = read(frame)
        if found is None:
            continue
        if isinstance(found, str):
            trouble.cut(found)
        elif isinstance(found, Answer):
            attributor.names.add_answer(found.message)
        else:
            connections.add(found)
    reported = attributor.attribute(connections.all())
    return {
        "connections": [_connection(one, whose, wanted, trouble.last, suites) for one, whose in reported],
        "frames": trouble.frames,
        "first_time": _time(trouble.first),
        "last_time": _time(trouble.last),
        "truncated": trouble.truncated,
        "warnings": trouble.warnings(),
    }


def _time(nanoseconds: int) -> str | None:
    """A time as a contract TIME; None where the capture has none, or one that is none."""
    if not nanoseconds:
        return None
    try:
        moment = datetime.fromtimestamp(nanoseconds / 1e9, timezone.utc)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _rules(whose: Attribution, wanted: Wanted, suites: Sequence[str] | None) -> Any:
    if whose.endpoint is None:
        return None
    row = wanted.rows.get(whose.endpoint)
    if row is None and whose.by is not None and not wanted.asked_for(whose.endpoint):
        return None
    return rules_of(row or wanted.rows[SYNC_ENDPOINT], whose.endpoint, suites)


def _connection(
    connection: Connection, whose: Attribution, wanted: Wanted, last: int, suites: Sequence[str] | None
) -> dict[str, Any]:
    talk = connection.talk
    hello, chosen = talk.hello, talk.server_hello
    end = how_it_ended(connection, last)
    issues, explanation = judge(connection, whose, end, _rules(whose, wanted, suites))
    frames = {
        "syn": connection.begun,
        **{name: talk.frames.get(name) for name in _FRAMES},
        "end": end_frame(connection),
    }
    answer = talk.answers[-1] if talk.answers else None
    return {
        "client": _place(*connection.client),
        "server": _place(*(talk.target or connection.server)),
        "proxy": _place(*connection.server) if talk.target else None,
        "proxy_answer": {"status": answer.status, "reason": answer.reason} if answer else None,
        "sni": hello.sni if hello else None,
        "endpoint": whose.endpoint,
        "attributed_by": whose.by,
        "offered_versions": offered_versions(hello) if hello else None,
        "offered_suites": [suite_name(number) for number in hello.suites] if hello else None,
        "supported_groups": [group_name(number) for number in hello.groups]
        if hello and hello.groups is not None
        else None,
        "negotiated_version": version_name(chosen.version) if chosen else None,
        "negotiated_suite": suite_name(chosen.suite) if chosen else None,
        "certificates": [
            {
                "subject": clean(one.subject, _TEXT_LIMIT),
                "issuer": clean(one.issuer, _TEXT_LIMIT),
                "not_before": one.not_before,
                "not_after": one.not_after,
            }
            for one in talk.certificates
        ],
        "alerts": [{"by": SIDES[one.side], "fatal": one.fatal, "name": one.name} for one in talk.alerts],
        "outcome": end.word,
        "issues": issues,
        "explanation": clean(explanation),
        "complete": connection.begun is not None and not connection.incomplete(),
        "first_time": _time(connection.first),
        "last_time": _time(connection.last),
        "frames": frames,
    }


_FRAMES = ("connect", "connect_answer", "client_hello", "server_hello")
