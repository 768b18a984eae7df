# Copyright (c) 2026 wsus.compliance contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same captures read by tshark and the same numbers named by OpenSSL: both must say the same."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml
from ansible_collections.wsus.compliance.plugins.plugin_utils.evidence.capture import numbers
from support import packets as p
from support.captures import FILES, FIXTURES, of_bytes, of_file, tshark, tshark_frames

needs_tshark = pytest.mark.skipif(tshark() is None, reason="NO TSHARK (apt-get install --no-install-recommends tshark)")
VERSIONS = {"0x0300": "SSL 3.0", "0x0301": "TLS 1.0", "0x0302": "TLS 1.1", "0x0303": "TLS 1.2", "0x0304": "TLS 1.3"}


def number(text: str) -> int:
    return int(text, 0)


def several(text: str) -> list[str]:
    return [one for one in text.split(",") if one]


def client_of(row: dict[str, str]) -> str:
    host = f"[{row['ipv6.src']}]" if row["ipv6.src"] else row["ip.src"]
    return f"{host}:{row['tcp.srcport']}"


def with_type(name: str, kind: str) -> list[dict[str, str]]:
    """Frames with a handshake message of this type."""
    return [row for row in tshark_frames(FIXTURES / name) if kind in several(row["tls.handshake.type"])]


def hellos(name: str) -> dict[str, dict[str, str]]:
    """The first ClientHello of each client that tshark finds."""
    found: dict[str, dict[str, str]] = {}
    for row in with_type(name, "1"):
        found.setdefault(client_of(row), row)
    return found


@needs_tshark
@pytest.mark.parametrize("name", FILES)
def test_client_hellos(name):
    theirs = hellos(name)
    ours = {one["client"]: one for one in of_file(name, ["all"])["connections"] if one["offered_suites"] is not None}
    assert sorted(ours) == sorted(theirs)
    for client, row in theirs.items():
        one = ours[client]
        assert one["sni"] == (row["tls.handshake.extensions_server_name"] or None)
        assert one["offered_suites"] == [
            numbers.suite_name(number(text)) for text in several(row["tls.handshake.ciphersuite"])
        ]
        groups = several(row["tls.handshake.extensions_supported_group"])
        assert (one["supported_groups"] or []) == [numbers.group_name(number(text)) for text in groups]
        offered = several(row["tls.handshake.extensions.supported_version"]) or [row["tls.handshake.version"]]
        assert one["offered_versions"] == [VERSIONS[text] for text in offered]
        assert one["frames"]["client_hello"] == number(row["frame.number"])


@needs_tshark
@pytest.mark.parametrize("name", FILES)
def test_server_hellos_and_certificates(name):
    retry = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
    rows = with_type(name, "2")
    rows = [row for row in rows if retry not in row["tls.handshake.random"].replace(":", "")]
    theirs = [
        (
            VERSIONS[row["tls.handshake.extensions.supported_version"] or row["tls.handshake.version"]],
            numbers.suite_name(number(row["tls.handshake.ciphersuite"])),
            number(row["frame.number"]),
        )
        for row in rows
    ]
    found = [one for one in of_file(name, ["all"])["connections"] if one["negotiated_suite"] is not None]
    ours = [(one["negotiated_version"], one["negotiated_suite"], one["frames"]["server_hello"]) for one in found]
    assert sorted(ours) == sorted(theirs)
    dates = with_type(name, "11")
    expected = sorted(f"20{text}" for row in dates for text in several(digits(row["x509af.utcTime"])))
    times = [
        re.sub(r"\D", "", time)
        for one in found
        for certificate in one["certificates"]
        for time in (certificate["not_before"], certificate["not_after"])
    ]
    assert sorted(times) == expected


def digits(text: str) -> str:
    """Dates as in the certificate: 2026-11-26 03:34:49 (UTC), in older releases with two digits, is 261126033449."""
    return ",".join(re.sub(r"\D", "", one)[-12:] for one in text.split(","))


@needs_tshark
@pytest.mark.parametrize("name", FILES)
def test_alerts_resets_and_ends(name):
    wanted = of_file(name, ["all"])
    rows = tshark_frames(FIXTURES / name)
    theirs = [numbers.alert_name(number(text)) for row in rows for text in several(row["tls.alert_message.desc"])]
    assert sorted(alert["name"] for one in wanted["connections"] for alert in one["alerts"]) == sorted(theirs)
    ends = {}
    for row in rows:
        if not int(row["tcp.flags"] or "0", 16) & (p.FIN | p.RST):
            continue
        ends.setdefault(row["tcp.stream"], number(row["frame.number"]))
    ours = {one["frames"]["end"] for one in wanted["connections"]} - {None}
    assert ours <= set(ends.values())
    if name != "proxy-refused.pcap":
        assert len(ours) == len(ends)
    assert wanted["frames"] == len(rows)


@needs_tshark
@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("proxy")])
def test_requests_to_proxies(name):
    frames = tshark_frames(FIXTURES / name)
    rows = [row for row in frames if row["http.request.method"] == "CONNECT"]
    targets = [row["http.request.uri"] for row in rows]
    ours = [one for one in of_file(name, ["all"])["connections"] if one["proxy"]]
    assert {one["server"] for one in ours} == set(targets)
    assert {one["frames"]["connect"] for one in ours} <= {number(row["frame.number"]) for row in rows}
    codes = {code for row in frames for code in several(row["http.response.code"])}
    assert {str(one["proxy_answer"]["status"]) for one in ours if one["proxy_answer"]} <= codes


MADE = {
    "vlan": p.pcap([p.frame(one, vlans=(5, 9)) for one in p.Dialogue().open().says(p.HELLO, size=50).rst().packets]),
    "wrap": p.pcap(
        [p.frame(one) for one in p.Dialogue(client_seq=2**32 - 40).open().says(p.HELLO, size=30).rst().packets]
    ),
    "big-endian": p.pcapng([p.frame(one) for one in p.Dialogue().open().says(p.HELLO).rst().packets], order=">"),
    "ssl2": p.pcap([p.frame(one) for one in p.Dialogue().open().says(p.ssl2_hello()).rst().packets]),
    "records": p.pcap(
        [
            p.frame(one)
            for one in p.Dialogue()
            .open()
            .says(b"".join(p.record(22, p.client_hello()[at : at + 20]) for at in range(0, len(p.client_hello()), 20)))
            .rst()
            .packets
        ]
    ),
}
"""What is put together here must be what Wireshark takes it for: else a test with it proves nothing."""


@needs_tshark
@pytest.mark.parametrize("name", sorted(MADE))
def test_captures_put_together(name, tmp_path):
    path = tmp_path / "made"
    path.write_bytes(MADE[name])
    suite = "tls.handshake.cipherspec" if name == "ssl2" else "tls.handshake.ciphersuite"
    rows = [row for row in tshark_frames(path) if row[suite]]
    (one,) = of_bytes(MADE[name], [p.SERVER])["connections"]
    assert [numbers.suite_name(number(text)) for text in several(rows[0][suite])] == one["offered_suites"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="NO OPENSSL")
def test_openssl_names_suites_alike():
    command = ["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    pattern = re.compile(r"\s*0x([0-9A-F]{2}),0x([0-9A-F]{2}) - (\S+)\s+- ")
    theirs = {int(match[1] + match[2], 16): match[3] for line in lines if (match := pattern.match(line))}
    assert len(theirs) > 50
    names = {row["number"]: row["name"] for row in yaml.safe_load(numbers.TABLE.read_text())["suites"]}
    assert {key: names.get(key) for key in theirs} == theirs
