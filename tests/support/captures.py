# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Captures as the tests read them, and how tshark reads the same."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.capture import Wanted, read_capture, read_stream

from .packets import frame, pcap

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "captures"
FILES = sorted(path.name for path in FIXTURES.glob("*.pcap*"))


def of_file(name: str, endpoints: Sequence[str] | None = None, suites: Sequence[str] | None = None) -> dict[str, Any]:
    return read_capture(FIXTURES / name, Wanted(endpoints), suites)


def of_bytes(content: bytes, endpoints: Sequence[str] | None = None, name: str = "x.pcap") -> dict[str, Any]:
    return read_stream(io.BytesIO(content), name, Wanted(endpoints))


def of_packets(packets: Sequence[bytes], endpoints: Sequence[str] | None = None, step: int = 10**7) -> dict[str, Any]:
    """Of IP packets, each in a frame of Ethernet."""
    return of_bytes(pcap([frame(packet) for packet in packets], step=step), endpoints)


def verdicts(result: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(one["outcome"], one["issues"]) for one in result["connections"]]


def the_one(result: dict[str, Any]) -> dict[str, Any]:
    """The connection, of which there must be one."""
    (connection,) = result["connections"]
    return connection


def tshark() -> str | None:
    return shutil.which("tshark")


TSHARK_FIELDS = (
    *("frame.number", "tcp.stream", "ip.src", "ipv6.src", "tcp.srcport", "tcp.flags", "tls.handshake.type"),
    *("tls.handshake.version", "tls.handshake.ciphersuite", "tls.handshake.cipherspec", "tls.handshake.random"),
    *("tls.handshake.extensions_server_name", "tls.handshake.extensions.supported_version"),
    *("tls.handshake.extensions_supported_group", "tls.alert_message.desc", "x509af.utcTime"),
    *("http.request.method", "http.request.uri", "http.response.code"),
)


@cache
def tshark_frames(path: Path) -> list[dict[str, str]]:
    """The frames of a capture as tshark reads them, by its fields; several values of one are separated by commas."""
    command = [str(tshark()), "-n", "-r", str(path), "-T", "fields", "-E", "separator=\t", "-E", "occurrence=a"]
    for one in TSHARK_FIELDS:
        command += ["-e", one]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120, env=os.environ | {"LC_ALL": "C.UTF-8"}
    )
    return [dict(zip(TSHARK_FIELDS, line.split("\t"), strict=True)) for line in done.stdout.splitlines()]
