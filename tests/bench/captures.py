# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One large capture: capture_info's verdicts beside tshark, which prints the fields that the same verdicts stand on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from support import packets as p
from support.captures import tshark

from .figures import table, verdict

CHECKOUT = Path(__file__).resolve().parents[2]
FAST, SMALL = 5.0, 200.0
"""The goals: times as fast as tshark; megabytes."""
FAILING = 300
BULK = 1400
FIELDS = (
    *("frame.number", "frame.time_epoch", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.stream"),
    *("tls.record.content_type", "tls.handshake.type", "tls.handshake.version", "tls.handshake.ciphersuite"),
    *("tls.handshake.extensions_server_name", "tls.handshake.extensions.supported_version"),
    *("tls.handshake.extensions_supported_group", "tls.alert_message.desc"),
    *("http.request.method", "http.request.uri", "http.response.code", "dns.qry.name", "dns.a"),
)
SHOWN = (
    "tls.handshake or tls.change_cipher_spec or tls.alert_message or http or dns.a or tcp.flags.syn == 1 or "
    "tcp.flags.fin == 1 or tcp.flags.reset == 1"
)
OURS = """
import json, sys
sys.path[:0] = sys.argv[2:]
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.capture import Wanted, read_capture
found = read_capture(sys.argv[1], Wanted())
json.dump([(one["client"], one["outcome"]) for one in found["connections"]], sys.stdout)
"""


def small_ones() -> Iterator[list[bytes]]:
    """Connections to the endpoint that end soon, one way or another, and some to others."""
    yield [p.dns_answer(p.SWS, p.SERVER, "sws.example.net")]
    for number in range(FAILING):
        talk = p.Dialogue(client=(p.CLIENT, 20000 + number), client_seq=number * 7919).open()
        kind = number % 4
        if kind == 0:
            yield talk.says(p.HELLO_TLS10).rst().packets
        elif kind == 1:
            yield talk.says(p.record(22, p.client_hello(suites=(0x2F,)))).rst().packets
        elif kind == 2:
            yield talk.fin().fin(client=False).packets
        else:
            yield p.session(talk).fin().fin(client=False).packets


def large_ones() -> Iterator[tuple[bytes, bytes]]:
    """(opening packets as records, template of a data packet) of transfers: two by TLS, one by HTTP, one of SMB."""
    for number, (port, start) in enumerate(
        ((443, b""), (443, b""), (8530, b"GET /Content/x HTTP/1.1\r\n\r\n"), (445, b"\0\0\0\x90\xfeSMB"))
    ):
        talk = p.Dialogue(client=(p.CLIENT, 30000 + number), server=(p.SERVER, port)).open()
        talk = p.session(talk) if port == 443 else talk.says(start)
        opening = list(talk.packets)
        talk.packets.clear()
        talk.says(p.record(23, bytes(BULK - 5), 0x0303) if port == 443 else bytes(BULK), client=False)
        yield _records(opening), p.frame(talk.packets[0])


def _records(packets: list[bytes]) -> bytes:
    return p.pcap([p.frame(one) for one in packets])[24:]


def generate(path: Path, size: int) -> None:
    """Writes the capture."""
    transfers = list(large_ones())
    with path.open("wb") as out:
        out.write(p.pcap([]))
        for opening, _data in transfers:
            out.write(opening)
        waiting = list(small_ones())
        every = max(1, size // (BULK + 70) // len(waiting) // 2)
        seconds, count = p.START // 10**9 + 2, 0
        sequence = [int.from_bytes(data[38:42], "big") for _opening, data in transfers]
        written = 0
        while written < size:
            for number, (_opening, data) in enumerate(transfers):
                seq = (sequence[number] + count * BULK) % 2**32
                head = (seconds + count // 10_000).to_bytes(4, "little") + (count % 10_000 * 100).to_bytes(4, "little")
                length = len(data).to_bytes(4, "little")
                out.write(head + length + length + data[:38] + seq.to_bytes(4, "big") + data[42:])
                written += 16 + len(data)
                count += 1
            if waiting and count % every == 0:
                out.write(_records(waiting.pop()))
        for packets in waiting:
            out.write(_records(packets))


def run(command: list[str], output: Path) -> dict[str, float]:
    """Seconds, seconds of processor time and megabytes at most of a command."""
    with output.open("wb") as out:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=os.environ | {"LC_ALL": "C.UTF-8"})
        _pid, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
    if child.returncode:
        raise SystemExit(f"{command[0]} ended with {child.returncode}")
    return {"seconds": seconds, "processor": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1024}


def verdicts_of_tshark(output: Path) -> dict[str, str]:
    """How each connection to port 443 ended, by the fields that tshark printed."""
    streams: dict[str, list[dict[str, str]]] = {}
    for line in output.read_text().splitlines():
        row = dict(zip(FIELDS, line.split("\t"), strict=True))
        if row["tcp.stream"]:
            streams.setdefault(row["tcp.stream"], []).append(row)
    found = {}
    for rows in streams.values():
        first = rows[0]
        if first["tcp.dstport"] != "443":
            continue
        types = {(row["tcp.dstport"] == "443", kind) for row in rows for kind in row["tls.handshake.type"].split(",")}
        specs = {row["tcp.dstport"] for row in rows if "20" in row["tls.record.content_type"].split(",")}
        ends = [(row["tcp.dstport"], int(row["tcp.flags"], 16)) for row in rows if int(row["tcp.flags"], 16) & 5]
        if len(specs) == 2:
            outcome = "established"
        elif (True, "1") in types and ends and ends[0][0] != "443" and ends[0][1] & 4:
            outcome = "reset_after_hello"
        elif ends and ends[0][0] == "443" and ends[0][1] & 1:
            outcome = "closed_without_hello"
        else:
            outcome = "other"
        found[f"{first['ip.src']}:{first['tcp.srcport']}"] = outcome
    return found


def measure(quick: bool) -> str:
    program = tshark()
    if program is None:
        raise SystemExit("tshark is missing: apt-get install --no-install-recommends tshark")
    size = 64 * 2**20 if quick else 2**30
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        capture = folder / "capture.pcap"
        generate(capture, size)
        collections = str(CHECKOUT / ".cache" / "collections")
        ours = run([sys.executable, "-c", OURS, str(capture), collections], folder / "ours")
        command = [program, "-n", "-r", str(capture), "-T", "fields", "-E", "separator=\t", "-Y", SHOWN]
        theirs = run([*command, *(part for one in FIELDS for part in ("-e", one))], folder / "theirs")
        mine = dict(json.loads((folder / "ours").read_text()))
        other = verdicts_of_tshark(folder / "theirs")
        megabytes = capture.stat().st_size / 2**20
    rows = [
        ("capture_info", *ours.values()),
        ("tshark -T fields", *theirs.values()),
    ]
    counts = ", ".join(f"{number} {word}" for word, number in sorted(Counter(mine.values()).items()))
    return "\n".join(
        [
            f"A capture of {megabytes:.0f} MiB: four transfers, two of them by TLS, and {FAILING} short connections.",
            "",
            table(("", "seconds", "seconds of processor time", "MiB at most"), rows),
            "",
            verdict("Times as fast as tshark", theirs["seconds"] / ours["seconds"], FAST, at_least=True),
            verdict("The same by processor time", theirs["processor"] / ours["processor"], FAST, at_least=True),
            verdict("MiB of capture_info", ours["megabytes"], SMALL),
            f"- Verdicts: {counts}; {'the same' if mine == other else '**others**'} as by tshark's fields.",
        ]
    )
