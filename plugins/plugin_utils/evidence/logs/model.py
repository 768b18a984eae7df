# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What goes into the parser of logs, and the records that it makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class LogError(Exception):
    """Why a source, or the rest of one, can't be read.

    Args:
        code: a word: ``binary``, ``not_found``, ``is_folder``, ``unreadable`` or another of the reader's.
        message: what is wrong and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class LogSource:
    """One log to read.

    Args:
        name: path or another name; it is the ``source`` of what is found in it, and tells Configuration Manager's
            logs from those of WSUS where their text does not.
        chunks: its bytes, in pieces of any size, read once. It may raise LogError or OSError at any place: what came
            before is kept.
    """

    name: str
    chunks: Iterable[bytes]


@dataclass
class Record:
    """One record of a log.

    Args:
        framing: ``softdist`` (columns of SoftwareDistribution.log and Change.log), ``site_server``, ``ccm``,
            ``cmtrace`` (Configuration Manager), ``windows_event``, or ``none`` (a message without any column).
        text: message with its continuation lines, and the component before it where that could not be told apart.
        time: UTC, ``yyyy-MM-ddTHH:mm:ss.fffZ``; None where the record has none, or none of a known time zone.
        level: as written, such as ``Error``.
        process: ``w3wp``, ``WsusService`` or another, as written.
    """

    framing: str
    text: str
    time: str | None = None
    level: str | None = None
    process: str | None = None
    thread: str | None = None
    component: str | None = None

    @property
    def configmgr(self) -> bool:
        """Whether Configuration Manager wrote it."""
        return self.framing in ("site_server", "ccm", "cmtrace")
