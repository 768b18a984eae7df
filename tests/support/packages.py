# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cabinets of the shape of Microsoft's packages, with nothing of theirs in them ([MS-CAB])."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

JUNE = "windows8.1-kb4561666-x64.msu"
LATER = "windows8.1-kb5012670-x64.msu"
SECURITY = "windows8.1-kb4561673-x64.msu"
BLOCK = 32_768


def manifest(
    name: str = "Package_for_RollupFix", version: str = "9600.20337.1.6", architecture: str = "amd64"
) -> bytes:
    """An answer file, or as much of a manifest as is read."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><unattend xmlns="urn:schemas-microsoft-com:unattend"><servicing>'
        f'<package action="install"><assemblyIdentity name="{name}" version="{version}" '
        f'processorArchitecture="{architecture}"/></package></servicing></unattend>'
    ).encode()


def blocks(content: bytes, *, packed: bool, reserved: int = 0) -> tuple[bytes, int]:
    """(a folder's data, in how many blocks)."""
    parts, before = [], b""
    for start in range(0, len(content), BLOCK):
        plain = content[start : start + BLOCK]
        data = plain
        if packed:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=before) if before else zlib.compressobj(9, 8, -15)
            data = b"CK" + deflate.compress(plain) + deflate.flush()
        parts.append(struct.pack("<IHH", 0, len(data), len(plain)) + bytes(reserved) + data)
        before = plain
    return b"".join(parts), len(parts)


def cabinet(
    files: Mapping[str, bytes] | Sequence[tuple[str, bytes]], *, packed: bool = True, kind: int | None = None,
    reserved: bool = False, flags: int = 0,
) -> bytes:  # fmt: skip
    """A cabinet of one folder. ``kind``: another number of its compression; ``reserved``: with reserved areas."""
    members = list(files.items()) if isinstance(files, Mapping) else list(files)
    area = 4 if reserved else 0
    data, count = blocks(b"".join(content for _name, content in members), packed=packed, reserved=area)
    more = struct.pack("<HBB", area, area, area) + bytes(area) if reserved else b""
    files_at = 36 + len(more) + 8 + area
    table, offset = b"", 0
    for name, content in members:
        table += struct.pack("<IIHHHH", len(content), offset, 0, 0, 0, 0x20) + name.encode() + b"\0"
        offset += len(content)
    data_at = files_at + len(table)
    head = struct.pack(
        "<4sIIIIIBBHHHHH",
        *(b"MSCF", 0, data_at + len(data), 0, files_at, 0, 3, 1, 1, len(members)),
        *(flags | (4 if reserved else 0), 0, 0),
    )
    folder = struct.pack("<IHH", data_at, count, int(packed) if kind is None else kind) + bytes(area)
    return head + more + folder + table + data


def msu(of: bytes | None = None, *, size: int = 100_000, **how: object) -> bytes:
    """An .msu: what WSUS scans, the package, its answer file (``of``)."""
    inner = bytes(number * 7 % 251 for number in range(size))
    files = {"WSUSSCAN.cab": b"scan", "Windows8.1-KB1-x64.cab": inner}
    if of is not None:
        files["Windows8.1-KB1-x64.xml"] = of
    files["Windows8.1-KB1-x64-pkgProperties.txt"] = b'Language="ALL"\r\n'
    return cabinet(files, **how)  # type: ignore[arg-type]


def package(folder: Path, name: str = JUNE, of: bytes | None = None) -> Path:
    """A file of that name, whose manifest names a Monthly Rollup, or what ``of`` says."""
    path = folder / name
    path.write_bytes(msu(manifest() if of is None else of))
    return path
