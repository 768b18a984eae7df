# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which kind of file this is: a capture that can be read, or what else, and what to do then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from . import pcap, pcapng
from .frame import CaptureError, Frame, Skip
from .trouble import Trouble
from .window import Window

ETL = (
    "is an ETL trace of Windows, not a capture. Convert it on a Windows host, one of netsh by etl2pcapng, one of "
    "pktmon by 'pktmon etl2pcap FILE.etl --out FILE.pcapng', and hand over the .pcapng file"
)
_UNPACK = "is compressed by {}. Unpack it first"
_HEAD = 128
"""Bytes that tell what a file is."""
# First bytes -> what such a file is.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", _UNPACK.format("gzip")),
    (b"BZh", _UNPACK.format("bzip2")),
    (b"\xfd7zXZ\0", _UNPACK.format("xz")),
    (b"\x28\xb5\x2f\xfd", _UNPACK.format("zstd")),
    (b"\x04\x22\x4d\x18", _UNPACK.format("lz4")),
    (b"PK\x03\x04", _UNPACK.format("zip")),
    (
        b"MSCF",
        "is a cabinet file of Windows, such as netsh makes with report=yes. The trace is the .etl file beside it",
    ),
    (b"GMBU", "is a capture of Microsoft Network Monitor. Save it as pcapng with Wireshark"),
    (b"RTSS", "is a capture of Microsoft Network Monitor. Save it as pcapng with Wireshark"),
    (b"snoop\0\0\0", "is a capture of snoop. Save it as pcapng with Wireshark"),
)


def _is_etl(head: bytes) -> bool:
    """A buffer of event tracing (a header of 72 bytes, that begins with its size) whose first event is the file's."""
    size = int.from_bytes(head[:4], "little")
    return len(head) >= 76 and 1024 <= size <= 16 * 1024 * 1024 and size % 1024 == 0 and head[0x4B] & 0xC0 == 0xC0


def open_frames(stream: BinaryIO, name: str, skip: Skip, trouble: Trouble) -> Iterator[Frame]:
    """The frames of a capture.

    Args:
        stream: the file, unbuffered.
        name: its name, for what its first bytes do not tell.
        skip: which frames need not be yielded; may grow while frames are read.
        trouble: where to tell what could not be read.

    Raises:
        CaptureError: it is none that can be read.
    """
    window = Window(stream)
    window.more(0, _HEAD)
    head = window.data[: min(window.end, _HEAD)]
    if not head:
        raise CaptureError("is empty")
    if head[:4] in pcap.MAGIC:
        return pcap.frames(window, skip, trouble)
    if int.from_bytes(head[:4], "big") == pcapng.SECTION:
        return pcapng.frames(window, skip, trouble)
    for magic, what in _OTHERS:
        if head.startswith(magic):
            raise CaptureError(what)
    if _is_etl(head) or Path(name).suffix.lower() == ".etl":
        raise CaptureError(ETL)
    raise CaptureError("is not a capture: it is neither pcap nor pcapng")
